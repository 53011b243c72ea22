"""The first start of a station: language, enrolment code, mode, devices. For people who have never seen the program."""
