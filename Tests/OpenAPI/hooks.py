"""What schemathesis cannot read from the description."""

import schemathesis
from schemathesis.specs.openapi import checks

# OPTIONS is answered for each path. What was deleted must be gone for whoever reads it; the stories take an answer to
# OPTIONS for it, whatever the configuration says of that method.
checks._NON_CREATION_METHODS = checks._NON_CREATION_METHODS - {"options"}


def whole(value):
    """Integers are written as such: JSON Schema takes 345.0 for one, the server does not."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: whole(member) for name, member in value.items()}
    if isinstance(value, list):
        return [whole(element) for element in value]
    return value


@schemathesis.hook
def map_body(context, body):
    return whole(body)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Tags lose the quotes that belong to them on the way from the pattern to the field."""
    for name in ("If-Match", "If-None-Match"):
        value = (case.headers or {}).get(name)
        if isinstance(value, str) and value.isdigit():
            case.headers[name] = f'"{value}"'


@schemathesis.hook
def filter_case(context, case):
    """A sale that ends before it begins is refused, which no schema can say."""
    body = case.body if isinstance(case.body, dict) else {}
    return not (body.get("opens_at") and body.get("closes_at"))
