"""Mistakes that somebody could make in the emitter, one at a time, so that the contract kit can show that it sees each."""


def make_mistake(name: str) -> None:
    raise SystemExit(f"There is no mistake called {name!r}.")
