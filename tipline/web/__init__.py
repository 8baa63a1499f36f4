"""The pages. Each blueprint is one line here; `create_app` registers them in this order."""

from flask import Blueprint

from tipline.web import (
    auth,
    callouts,
    composer,
    consents,
    erasing,
    files,
    inbox,
    mail,
    outbox,
    people,
    player,
    previews,
    proof,
    public,
    reader,
    results,
    tip,
    triage,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    public.blueprint,
    reader.blueprint,
    proof.blueprint,
    auth.blueprint,
    people.blueprint,
    callouts.blueprint,
    previews.blueprint,
    results.blueprint,
    inbox.blueprint,
    tip.blueprint,
    triage.blueprint,
    composer.blueprint,
    consents.blueprint,
    erasing.blueprint,
    outbox.blueprint,
    files.blueprint,
    player.blueprint,
    mail.blueprint,
)
