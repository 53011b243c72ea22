"""The demo: a hub, the demo event and a gate with virtual hardware.

Everything between camera frame and relay bytes is the real program; only the two ends are simulated.
"""
