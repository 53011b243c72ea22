"""One way to build a hub, an event, its people and its stations for any test.

- `event`: an event at a hub, with checkpoints, people and stations that may enrol (`build_event`).
- `people`: participants as the hub registers them and as a station pulls them, and their tickets.
- `hub`: a hub in this process over a folder (`HubInProcess`), and a station's transport to it.
- `station`: a station's store with or without a hub (`enrolled_store`, `build_station_store`), and a gate (`build_gate`).
"""
