"""The demo: a hub, the demo event and a gate with virtual hardware. Everything between camera frame and relay bytes
is the real program; only what stands at either end of it is played.
"""
