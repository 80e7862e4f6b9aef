"""The JSON Schema of policies, as it is published."""

import json

from validator.policy.schema import PolicyPart


def schema_text() -> str:
    """The schema as text; what a schema cannot say, such as which paths there are, `policy validate` does."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **PolicyPart.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
