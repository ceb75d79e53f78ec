"""The part of the Prometheus operator's ServiceMonitor (monitoring.coreos.com/v1) that deploy/ uses, as its CRD has it. No package for
Python carries the CRD in a form that fits here; a field that is not below is refused, so who uses a new one looks it up."""

DURATION = {"type": "string", "pattern": r"^(0|(\d+h)?(\d+m)?(\d+s)?(\d+ms)?)$", "minLength": 1}
LABELS = {"type": "object", "additionalProperties": {"type": "string"}}


def fields(required=(), **properties):
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": list(required)}


SECRET_KEY = fields(["key"], name={"type": "string"}, key={"type": "string"}, optional={"type": "boolean"})
ENDPOINT = fields(
    port={"type": "string"},
    path={"type": "string"},
    scheme={"enum": ["http", "https"]},
    interval=DURATION,
    scrapeTimeout=DURATION,
    authorization=fields(type={"type": "string"}, credentials=SECRET_KEY),
)
SERVICE_MONITOR = fields(
    ["apiVersion", "kind", "metadata", "spec"],
    apiVersion={"const": "monitoring.coreos.com/v1"},
    kind={"const": "ServiceMonitor"},
    metadata=fields(["name"], name={"type": "string"}, namespace={"type": "string"}, labels=LABELS, annotations=LABELS),
    spec=fields(["endpoints", "selector"], endpoints={"type": "array", "items": ENDPOINT}, selector=fields(matchLabels=LABELS)),
)
