"""Rules people set themselves: thresholds, budgets, pacing and data health, from one validated YAML file.

Belongs here: the file's model, and judging frames by it. Does not belong here: reading the warehouse
(`defs/monitoring/policy_frames.py`), what becomes of a condition (`notify/`), anomaly detection (next door).
"""

from adtrack_pipeline.monitoring.policies.file import PoliciesError
from adtrack_pipeline.monitoring.policies.frames import PlatformFacts, PolicyFrames
from adtrack_pipeline.monitoring.policies.judge import fit_accounts, judge_policies
from adtrack_pipeline.monitoring.policies.loading import (
    default_policies,
    default_text,
    load_policies,
    load_section,
)
from adtrack_pipeline.monitoring.policies.model import Policies, Reminders

__all__ = [
    "PlatformFacts",
    "Policies",
    "PoliciesError",
    "PolicyFrames",
    "Reminders",
    "default_policies",
    "default_text",
    "fit_accounts",
    "judge_policies",
    "load_policies",
    "load_section",
]
