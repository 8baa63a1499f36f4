from flask import Flask, render_template
from flask_babel import force_locale
from jinja2 import DictLoader

TEMPLATES = {
    "button.html": "<b>{{ _('Close') }}</b>{% include 'hint.html' %}",
    "hint.html": "{{ _('Assign to me (i)') }}",
    "named.html": "{{ _('Reader %(number)s', number=number) }}",
    "icon.html": "{{ icon('check') }}{{ icon(name, _('Close')) }}",
    "plain.txt": "{{ _('Reader %(number)s', number=number) }}",
}


def drawn(app: Flask, language: str, template: str, **given: object) -> str:
    app.jinja_loader = DictLoader(TEMPLATES)  # type: ignore[misc]
    with app.test_request_context("/"), force_locale(language):
        return render_template(template, **given)


def test_one_application_draws_a_page_in_the_language_of_each_request(app: Flask) -> None:
    for _ in range(2):
        assert drawn(app, "en", "button.html") == "<b>Close</b>Assign to me (i)"
        assert drawn(app, "zh_Hans", "button.html") == "<b>关闭</b>指派给我（i）"


def test_what_is_put_into_a_translated_sentence_is_escaped_on_pages(app: Flask) -> None:
    assert drawn(app, "en", "named.html", number="<i>") == "Reader &lt;i&gt;"
    assert drawn(app, "zh_Hans", "named.html", number=7) == "读者 7"


def test_what_is_put_into_a_translated_sentence_of_a_plain_text_stays_as_it_is(app: Flask) -> None:
    assert drawn(app, "en", "plain.txt", number="<i>") == "Reader <i>"


def test_an_icon_has_a_label_where_it_is_given_one_and_is_hidden_from_screen_readers_else(app: Flask) -> None:
    alone, labelled = drawn(app, "en", "icon.html", name="x").split("</svg>")[:2]
    assert 'aria-hidden="true"' in alone
    assert alone.endswith('#check"></use>')
    assert 'role="img" aria-label="Close"' in labelled
    assert labelled.endswith('#x"></use>')
