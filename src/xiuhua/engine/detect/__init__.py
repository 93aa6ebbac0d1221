"""Is a series unusual now? One detector for any series, without settings."""

from .detector import Detector

__all__ = ["Detector"]
