"""How the invented sub-district is drawn, peopled and wired. Run `uv run python pilot/build.py`."""
