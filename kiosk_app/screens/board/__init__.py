"""The screen of a display board: which number is called to which counter, legible from ten metres."""
