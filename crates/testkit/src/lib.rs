//! Scripted model server, fake clock, faults and fixtures for tests.
