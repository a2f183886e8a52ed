"""Rules people set themselves: thresholds, budgets, pacing and data health, from one validated YAML file.

Belongs here: the file's model, and judging frames by it. Does not belong here: reading the warehouse
(`defs/monitoring/policy_frames.py`), what becomes of a condition (`notify/`), anomaly detection (next door).
"""

from adtrack_pipeline.monitoring.policies.file import PoliciesError
from adtrack_pipeline.monitoring.policies.loading import default_text, load_policies, load_section
from adtrack_pipeline.monitoring.policies.model import Policies

__all__ = ["Policies", "PoliciesError", "default_text", "load_policies", "load_section"]
