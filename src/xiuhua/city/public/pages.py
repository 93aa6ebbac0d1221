"""The public's pages: no log-in, no script needed. Nothing of a person stands in an address."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from xiuhua.city.access import open_to_all
from xiuhua.city.cases.intake import (
    ACCEPT,
    BadPhoto,
    NotDone,
    Proof,
    Source,
    open_to,
    read_photos,
    residents,
)
from xiuhua.city.places import queries as places

from . import commands, receipts
from .forms import LONGEST, FindForm, MatterForm
from .limits import TooOften, spend
from .matters import Matter, matter, matters
from .models import Receipt
from .words import DONE, REFUSED, SAID, STAGES

_MINE = "public_receipt"
_DRESS = {"default_cloth": "paper", "default_type": "large"}


@open_to_all("first page of the public form")
def start(request: HttpRequest) -> HttpResponse:
    """Danger first: whom to ring. Then: what is the matter?"""
    offered = matters()
    shown = {
        "staff": Source.PATROL in open_to(request.user),
        "dangers": [one for one in offered if one.danger],
        "matters": [one for one in offered if not one.danger],
        "place": places.place(request.GET.get("place", "")),
    }
    return render(request, "public/start.html", shown | _DRESS)


@open_to_all("the public form; limited by address, with traps for machines")
def report(request: HttpRequest) -> HttpResponse:
    """The form of one matter; sent, it is a receipt."""
    asked = request.POST if request.method == "POST" else request.GET
    wanted = matter(asked.get("matter", ""))
    if wanted is None:
        return redirect("public:start")
    if request.method != "POST":
        return _form(request, wanted, MatterForm(place=request.GET.get("place", "")))
    form = MatterForm(request.POST)
    if not form.is_valid():
        return _form(request, wanted, form, status=422)
    try:
        case, code = commands.report(
            _told(wanted, form), who=_address(request), now=timezone.now(),
            proof=Proof(before=read_photos(request.FILES.getlist("before"))),
        )  # fmt: skip
    except TooOften:
        return _form(request, wanted, form, status=429, sentence=_too_often())
    except (NotDone, BadPhoto) as refused:
        return _form(request, wanted, form, status=422, sentence=str(refused))
    shown = {"number": case.number.partition("-")[2], "code": code, "danger": wanted.danger}
    return render(request, "public/receipt.html", shown | _DRESS)


def _told(wanted: Matter, form: MatterForm) -> commands.Told:
    told = form.cleaned_data
    own = {name: told[name] for name in ("words", "whose", "place", "where", "name", "phone")}
    return commands.Told(key=form.key, matter=wanted, spot=form.spot, **own)


def _form(
    request: HttpRequest, wanted: Matter, form: MatterForm, *, status: int = 200, sentence: str = ""
) -> HttpResponse:
    shown = {"matter": wanted, "form": form, "accept": ACCEPT, "refused": sentence}
    return render(request, "public/report.html", shown | _DRESS, status=status)


@open_to_all("whoever has number and code of a receipt; limited by address and by number")
def find(request: HttpRequest) -> HttpResponse:
    """How far is my matter? Number and code open it for this session."""
    form = FindForm(request.POST or None)
    sentence, status = "", 200
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            found = receipts.find(
                told["number"], told["code"], who=_address(request), now=timezone.now()
            )
        except TooOften:
            sentence, status = _too_often(), 429
        else:
            if found:
                request.session[_MINE] = found.pk
                return redirect("public:mine")
            sentence, status = _("Number and code do not belong together."), 422
    return _ask(request, form, status=status, sentence=sentence)


def _ask(request: HttpRequest, form: FindForm, *, status: int, sentence: str = "") -> HttpResponse:
    shown = {"form": form, "refused": sentence}
    return render(request, "public/find.html", shown | _DRESS, status=status)


@open_to_all("whoever opened it with number and code")
def mine(request: HttpRequest) -> HttpResponse:
    """How far it is, and what one may do."""
    receipt = _receipt(request)
    return _mine(request, receipt) if receipt else _ask(request, FindForm(), status=403)


@open_to_all("whoever opened it with number and code")
@require_POST
def deed(request: HttpRequest, deed: str) -> HttpResponse:
    """Ask to hurry, add something, rate, disagree, or leave."""
    receipt = _receipt(request)
    if receipt is None:
        return _ask(request, FindForm(), status=403)
    if deed == "leave":
        request.session.pop(_MINE, None)
        return redirect("public:start")
    if deed not in DONE:
        raise Http404
    try:
        spend("deed", _address(request), timezone.now())
        _do(request, receipt, deed)
    except TooOften:
        return _mine(request, receipt, sentence=_too_often(), status=429)
    except residents.NotNow as refused:
        return _mine(request, receipt, sentence=str(REFUSED[refused.code]), status=409)
    except (NotDone, BadPhoto) as refused:
        return _mine(request, receipt, sentence=str(refused), status=422)
    return _mine(request, receipt, done=str(DONE[deed]))


def _do(request: HttpRequest, receipt: Receipt, deed: str) -> None:
    now, pk = timezone.now(), commands.followed(receipt)
    words = request.POST.get("words", "").strip()[:LONGEST]
    sent = read_photos(request.FILES.getlist("before"))
    if not words and not sent and deed in {"add", "contest"}:
        raise residents.NotNow("empty")
    match deed:
        case "hurry":
            residents.hurry(pk, now=now)
        case "add":
            residents.add(pk, words=words, now=now, proof=Proof(before=sent))
        case "rate":
            good = request.POST.get("satisfied") == "1"
            residents.rate(pk, satisfied=good, words=words, now=now)
        case "contest":
            commands.contest(receipt, words=words, now=now)


def _mine(
    request: HttpRequest, receipt: Receipt, *, sentence: str = "", done: str = "", status: int = 200
) -> HttpResponse:
    now = timezone.now()
    first = residents.progress(receipt.case_id, now)
    far = residents.progress(commands.followed(receipt), now)
    said = [(SAID[one.step], one) for one in (*first.said, *(far.said if receipt.again_id else ()))]
    shown = {
        "number": receipt.tail, "progress": far, "stage": STAGES[far.stage], "said": said,
        "accept": ACCEPT, "refused": sentence, "done": done, "again": receipt.again_id is not None,
    }  # fmt: skip
    return render(request, "public/mine.html", shown | _DRESS, status=status)


def _receipt(request: HttpRequest) -> Receipt | None:
    known = request.session.get(_MINE)
    return Receipt.objects.filter(pk=known).first() if known else None


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _too_often() -> str:
    return _("That was very often. Please wait an hour, or ring 12345; in danger 119, 120, 110.")
