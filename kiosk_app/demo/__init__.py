"""The demo: a hub, the demo event and a gate with virtual hardware.

Everything from camera frame to relay bytes is the real program; only the camera's picture, the relay board and the
visitors are simulated.
"""
