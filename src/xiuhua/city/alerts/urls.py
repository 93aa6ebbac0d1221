"""Pages of the alerts room, under /alerts/."""

from __future__ import annotations

from django.urls import path

from . import channel_pages, desk, list_pages, pages, phone_pages, voice_pages

app_name = "alerts"
urlpatterns = [
    path("", list_pages.page, name="list"),
    path("<uuid:id>/", pages.alert, name="alert"),
    path("<uuid:id>/go/", phone_pages.page, name="phone"),
    path("<uuid:id>/look/", pages.look, name="look"),
    path("<uuid:id>/acknowledge/", pages.acknowledge, name="acknowledge"),
    path("<uuid:id>/false/", pages.false_alarm, name="false"),
    path("<uuid:id>/answer/", pages.answer, name="answer"),
    path("channels/", channel_pages.page, name="channels"),
    path("channels/enter/", channel_pages.enter, name="channel-enter"),
    path("channels/<int:id>/switch/", channel_pages.switch, name="channel-switch"),
    path("channels/<int:id>/try/", channel_pages.attempt, name="channel-try"),
    path("voice/", voice_pages.told, name="voice"),
    path("<uuid:id>/hold/", desk.hold, name="hold"),
    path("<uuid:id>/incident/", desk.incident, name="incident"),
    path("<uuid:id>/release/", desk.release, name="release"),
    path("<uuid:id>/record/", desk.record, name="record"),
]
