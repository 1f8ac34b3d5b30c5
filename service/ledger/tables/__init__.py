"""The ledger's tables, by subject. Nothing here is SQLite's alone; migrations/versions makes them.

Times are UTC and kept as text of fixed width, so that order by text is order by time on every database. They
are for people: what came first is told by numbers, which no clock can turn round (`clock`).
"""

from ubora.service.ledger.tables.alerts import Alert, ChartLimits, Delivery, Webhook
from ubora.service.ledger.tables.corrective import CorrectiveAction, CorrectiveStep
from ubora.service.ledger.tables.costs import EnteredFigures, ThresholdPolicy
from ubora.service.ledger.tables.counts import (
    Counts,
    DailyCount,
    FacetCount,
    LedgerClock,
    NetworkCount,
    PieceDefect,
    PieceState,
)
from ubora.service.ledger.tables.designs_said import DesignSaid, LookAgain
from ubora.service.ledger.tables.fairness import Answer, Handover, KnownDeal, KnownPiece, SecondDraw
from ubora.service.ledger.tables.inspections import Appeal, Inspection, Photo, PhotoPrint, Rescore, Review
from ubora.service.ledger.tables.ownership import ArrivingPart, ArrivingUpload, Consent, Deletion, LeavingFile
from ubora.service.ledger.tables.people import AuditEntry, Enrolment, FailedTries, Staff, StaffSession, Token
from ubora.service.ledger.tables.queue import AuditDraw, Barred, LedgerKey, Waiting, WaitingDefect
from ubora.service.ledger.tables.rows import Table, UtcTime
from ubora.service.ledger.tables.work import (
    AcceptedPiece,
    ApprovedPhoto,
    Design,
    Lot,
    LotAct,
    LotCheck,
    LotLook,
    LotPlan,
    Microfactory,
)

__all__ = [
    "AcceptedPiece",
    "Alert",
    "Answer",
    "Appeal",
    "ApprovedPhoto",
    "ArrivingPart",
    "ArrivingUpload",
    "AuditDraw",
    "AuditEntry",
    "Barred",
    "ChartLimits",
    "Consent",
    "CorrectiveAction",
    "CorrectiveStep",
    "Counts",
    "DailyCount",
    "Deletion",
    "Delivery",
    "Design",
    "DesignSaid",
    "Enrolment",
    "EnteredFigures",
    "FacetCount",
    "FailedTries",
    "Handover",
    "Inspection",
    "KnownDeal",
    "KnownPiece",
    "LeavingFile",
    "LedgerClock",
    "LedgerKey",
    "LookAgain",
    "Lot",
    "LotAct",
    "LotCheck",
    "LotLook",
    "LotPlan",
    "Microfactory",
    "NetworkCount",
    "Photo",
    "PhotoPrint",
    "PieceDefect",
    "PieceState",
    "Rescore",
    "Review",
    "SecondDraw",
    "Staff",
    "StaffSession",
    "Table",
    "ThresholdPolicy",
    "Token",
    "UtcTime",
    "Waiting",
    "WaitingDefect",
    "Webhook",
]
