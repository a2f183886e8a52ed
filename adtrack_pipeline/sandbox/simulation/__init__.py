"""The simulated world: a pure function of (seed, now), computed with numpy for the days that are asked for."""
