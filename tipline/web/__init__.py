"""The pages. Each blueprint is one line here; `create_app` registers them in this order."""

from flask import Blueprint

from tipline.web import auth, callouts, composer, files, inbox, mail, outbox, people, public, reader, tip, triage

BLUEPRINTS: tuple[Blueprint, ...] = (
    public.blueprint,
    reader.blueprint,
    auth.blueprint,
    people.blueprint,
    callouts.blueprint,
    inbox.blueprint,
    tip.blueprint,
    triage.blueprint,
    composer.blueprint,
    outbox.blueprint,
    files.blueprint,
    mail.blueprint,
)
