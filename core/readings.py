"""The one door to pypinyin, which is told to leave out its phrases: we read character by character, and they take 45 MiB."""
from __future__ import annotations

import os

os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # asked once, when pypinyin is imported

from pypinyin import Style, pinyin
from pypinyin.constants import PINYIN_DICT

__all__ = ["PINYIN_DICT", "Style", "pinyin"]
