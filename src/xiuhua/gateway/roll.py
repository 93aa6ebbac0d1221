"""The roll: who may speak, and for whom, as of one version of the ledger. It never changes; a newer
roll takes its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from xiuhua import kinds

from . import credentials
from .ports import Speaker
from .uses import Uses

_NOBODY = Speaker(id="", secret=credentials.hashed(credentials.new_secret()))


class Roll:
    """Speakers by id. `uses` hears who logged in with what."""

    def __init__(self, speakers: Iterable[Speaker] = (), uses: Uses | None = None) -> None:
        self._uses = uses
        self._by_id = {speaker.id: speaker for speaker in speakers}
        self._under: dict[str, list[str]] = {}
        for speaker in self._by_id.values():
            if speaker.under:
                self._under.setdefault(speaker.under, []).append(speaker.id)
        personal = {kind.code for kind in kinds.all_kinds() if kind.personal}
        self._personal = {
            name
            for speaker in self._by_id.values()
            if speaker.kind in personal
            for name in (speaker.id, speaker.under)
        }

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, name: str) -> Speaker | None:
        """The device or gateway of that id."""
        return self._by_id.get(name)

    def log_in(self, name: str, secret: str) -> Speaker | None:
        """The speaker, if the secret is its own or the one before it, with `secret` the one that it
        came with. An unknown name takes as long as a known one."""
        speaker = self._by_id.get(name, _NOBODY)
        own = credentials.matches(secret, speaker.secret)
        old = credentials.matches(secret, speaker.before)
        if not (own or old) or speaker is _NOBODY:
            return None
        came = speaker if own else replace(speaker, secret=speaker.before)
        if self._uses is not None:
            self._uses.note(name, came.secret)
        return came

    def opens(self, name: str, stored: str) -> bool:
        """Whether the secret of that hash still lets this speaker in."""
        speaker = self._by_id.get(name)
        return speaker is not None and bool(stored) and stored in {speaker.secret, speaker.before}

    def may_speak(self, speaker: Speaker, device: str) -> bool:
        """Whether it is the device itself, or the gateway that the ledger puts the device under."""
        if speaker.id == device:
            return bool(speaker.kind)
        known = self._by_id.get(device)
        return known is not None and bool(known.under) and known.under == speaker.id

    def devices_of(self, topic_of: str) -> list[str]:
        """The device of that id; of a gateway, the devices under it."""
        known = self._by_id.get(topic_of)
        if known is None:
            return []
        return [known.id] if known.kind else self._under.get(known.id, [])

    def speaks_of_people(self, speaker: Speaker) -> bool:
        """Whether it is of a personal kind, or a gateway with such a device under it."""
        return speaker.id in self._personal
