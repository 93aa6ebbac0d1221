"""What the engine cannot work with: a rule, said so that its author can mend it, or saved state."""

from __future__ import annotations


class RuleError(ValueError):
    """A rule that cannot stand. `line` counts from 1 within the text given, 0 where none applies;
    `column` counts from 1 within the condition, 0 likewise."""

    def __init__(self, zh: str, en: str, *, line: int = 0, column: int = 0) -> None:
        super().__init__(en)
        self.sentence_zh = zh
        self.sentence_en = en
        self.line = line
        self.column = column

    def within(self, zh: str, en: str) -> RuleError:
        """The same error with the place in front of it."""
        return RuleError(
            f"{zh}：{self.sentence_zh}",
            f"{en}: {self.sentence_en}",
            line=self.line,
            column=self.column,
        )


class SnapshotRefused(ValueError):
    """Saved state that this engine must not go on from; nothing has changed."""
