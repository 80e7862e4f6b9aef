"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const PAGE = 100;
const RANK = { deny: 2, review: 1, allow: 0 };
const find = (id) => document.getElementById(id);
const wanted = { text: "", outcomes: new Set(Object.keys(RANK)), rule: "", capability: "" };
let order = null;
let shown = PAGE;

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

for (const row of data) {
  row.words = [row.id, row.file, row.source, ...row.findings.flatMap((each) => [each.rule, each.message])].join("\n").toLowerCase();
}

function fill(select, names) {
  for (const name of [...new Set(names)].sort()) select.append(new Option(name, name));
}
fill(find("rule"), data.flatMap((row) => row.findings.map((each) => each.rule)));
fill(find("capability"), data.flatMap((row) => row.capabilities));

function takes(row) {
  return wanted.outcomes.has(row.verdict)
    && (!wanted.rule || row.findings.some((each) => each.rule === wanted.rule))
    && (!wanted.capability || row.capabilities.includes(wanted.capability))
    && (!wanted.text || row.words.includes(wanted.text));
}

function compare(one, two) {
  const [a, b] = order.key === "verdict" ? [RANK[one.verdict], RANK[two.verdict]] : [one[order.key], two[order.key]];
  return (a < b ? -1 : a > b ? 1 : 0) * order.direction;
}

function draw() {
  const rows = data.filter(takes);
  if (order) rows.sort(compare);
  const body = find("rows");
  body.replaceChildren(...rows.slice(0, shown).map(drawRow));
  if (!rows.length) {
    const cell = make("td", "part", "Nothing fits. Clear a filter to see more.");
    cell.colSpan = 4;
    const line = make("tr");
    line.append(cell);
    body.append(line);
  }
  find("count").textContent = `${rows.length.toLocaleString("en")} of ${data.length.toLocaleString("en")}`;
  find("more").hidden = rows.length <= shown;
}

function drawRow(row) {
  const line = make("tr", "sample");
  line.tabIndex = 0;
  const name = make("td");
  name.append(make("div", "", row.id));
  const place = [row.file !== row.id ? row.file : "", row.part, row.line > 1 ? `line ${row.line}` : ""].filter(Boolean).join(", ");
  if (place) name.append(make("div", "part", place));
  const found = make("td");
  const worst = new Map();
  for (const each of [...row.findings].sort((a, b) => b.weight - a.weight)) if (!worst.has(each.rule)) worst.set(each.rule, each);
  for (const each of [...worst.values()].slice(0, 4)) found.append(make("span", `chip ${each.severity}`, each.rule));
  if (worst.size > 4) found.append(make("span", "part", `and ${worst.size - 4} more`));
  line.append(make("td", `verdict ${row.verdict}`, row.verdict), make("td", "number", row.score), name, found);
  const toggle = () => {
    if (line.nextSibling?.classList.contains("detail")) line.nextSibling.remove();
    else line.after(drawDetail(row));
  };
  line.addEventListener("click", toggle);
  line.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); toggle(); }
  });
  return line;
}

function drawDetail(row) {
  const line = make("tr", "detail");
  const cell = make("td");
  cell.colSpan = 4;
  cell.append(make("div", "about", `Capabilities: ${row.capabilities.join(", ") || "none"}`));
  for (const note of row.notes) cell.append(make("div", "about", note));
  const page = make("pre");
  const all = [...row.findings, ...row.ignored];
  const lines = row.read ? row.source.split("\n") : [];
  lines.forEach((text, index) => page.append(...drawLine(row, text, index + 1, all)));
  if (row.cut) page.append(make("span", "code", "… the rest of the source is left out"));
  for (const each of all.filter((each) => each.line > lines.length)) page.append(drawFinding(each));
  cell.append(page);
  line.append(cell);
  return line;
}

function drawLine(row, text, number, all) {
  const here = all.filter((each) => each.line === number);
  const inside = all.filter((each) => each.line <= number && number <= each.end_line);
  const code = make("span", inside.length ? "code hit" : "code");
  code.append(make("i", "", row.first + number - 1));
  // Columns count characters, not the halves of surrogate pairs.
  const letters = [...text];
  let start = letters.length, end = 0;
  for (const each of inside) {
    start = Math.min(start, each.line === number ? each.column - 1 : 0);
    end = Math.max(end, each.end_line === number ? each.end_column - 1 : letters.length);
  }
  if (start < end) code.append(letters.slice(0, start).join(""), make("mark", "", letters.slice(start, end).join("")), letters.slice(end).join(""));
  else code.append(text);
  return [code, ...here.map(drawFinding)];
}

function drawFinding(each) {
  const box = make("span", `finding ${each.severity} ${each.reason ? "accepted" : ""}`);
  box.append(make("b", "", each.rule), `${each.severity}, ${each.weight} points`, make("span", "", each.message));
  if (each.steps.length) box.append(make("span", "", `Reached by ${each.steps.join(" → ")}`));
  if (each.reason) box.append(make("span", "", `Accepted: ${each.reason}`));
  else if (each.known) box.append(make("span", "", "Known from the baseline"));
  else if (each.remedy) box.append(make("span", "", `Instead: ${each.remedy}`));
  return box;
}

function change(apply) {
  apply();
  shown = PAGE;
  draw();
}

find("search").addEventListener("input", (event) => change(() => { wanted.text = event.target.value.toLowerCase(); }));
for (const key of ["rule", "capability"]) {
  find(key).addEventListener("change", (event) => change(() => { wanted[key] = event.target.value; }));
}
for (const button of find("outcomes").children) {
  button.addEventListener("click", () => change(() => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    wanted.outcomes[on ? "add" : "delete"](button.dataset.outcome);
  }));
}
for (const head of document.querySelectorAll("th[data-sort]")) {
  head.addEventListener("click", () => change(() => {
    const key = head.dataset.sort;
    order = { key, direction: order?.key === key ? -order.direction : key === "id" ? 1 : -1 };
  }));
}
for (const bar of document.querySelectorAll(".bar")) {
  bar.addEventListener("click", () => change(() => {
    for (const key of ["rule", "capability"]) {
      const options = [...find(key).options].map((each) => each.value);
      if (options.includes(bar.dataset.name)) { wanted[key] = bar.dataset.name; find(key).value = bar.dataset.name; }
    }
  }));
}
find("clear").addEventListener("click", () => change(() => {
  Object.assign(wanted, { text: "", rule: "", capability: "", outcomes: new Set(Object.keys(RANK)) });
  for (const id of ["search", "rule", "capability"]) find(id).value = "";
  for (const button of find("outcomes").children) button.setAttribute("aria-pressed", "true");
}));
find("more").addEventListener("click", () => { shown += PAGE; draw(); });
draw();
