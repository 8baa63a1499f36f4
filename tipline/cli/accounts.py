"""`tipline account`: people who sign in."""

import click

from tipline.cli.base import config_of, told
from tipline.cli.startup import opened
from tipline.config import load
from tipline.core import accounts
from tipline.models import ActorKind, Role

ROLES = [role.value for role in Role]


@click.group()
def account() -> None:
    """People who sign in."""


@account.command()
@click.option("--email", prompt="Email address")
@click.option("--name", prompt="Name")
@click.option("--role", "roles", type=click.Choice(ROLES), multiple=True, help="May be given more than once.")
@click.pass_context
@told
def add(context: click.Context, email: str, name: str, roles: tuple[str, ...]) -> None:
    """Add a person (a reporter, where no role is given) and print the link to set their password, good once."""
    settings = load(config_of(context))
    with opened(settings) as database, database.writing() as session:
        wanted = {Role(role) for role in roles} or {Role.REPORTER}
        token = accounts.invite(session, email, name, wanted, ActorKind.SYSTEM)
        session.commit()
    click.echo(f"Within 24 hours, once: {settings.newsroom.url}/welcome/{token}")


@account.command()
@click.argument("email")
@click.pass_context
@told
def reset(context: click.Context, email: str) -> None:
    """Take a person's password and sessions away and print the link to set a new one."""
    settings = load(config_of(context))
    with opened(settings) as database, database.writing() as session:
        found = accounts.by_email(session, email)
        if found is None or found.id is None:
            raise click.ClickException("There is no account with this address.")
        token = accounts.reset(session, found.id, ActorKind.SYSTEM)
        session.commit()
    click.echo(f"Within 24 hours, once: {settings.newsroom.url}/welcome/{token}")
