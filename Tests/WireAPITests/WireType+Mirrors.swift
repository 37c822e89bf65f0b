import WireAPI

extension WireType {
    static let mirrors = [
        WireType(
            MirrorAnswer.self,
            """
            {"kind": "s3", "place": "s3://audit/prod/", "state": "alarmed", "alarm": "file_deleted", "message": "It was deleted.",
             "held": 1180, "lag_entries": 24, "lag_seconds": 61, "reason": "not_reached", "since": "2026-01-15T09:00:04.000Z",
             "last_answer_at": "2026-01-15T09:00:03.000Z", "warnings": ["The role is a superuser."]}
            """, optional: ["alarm", "message", "held", "lag_entries", "lag_seconds", "reason", "last_answer_at"]),
        WireType(
            WitnessAnswer.self,
            """
            {"name": "partner", "cosigned_entries": 1204, "last_cosigned_at": "2026-01-15T09:01:04.000Z", "failure": "It is away."}
            """, optional: ["cosigned_entries", "last_cosigned_at", "failure"]),
        WireType(
            MirrorsAnswer.self, #"{"entries": 1204, "mirrors": [], "witnesses": [], "witnessed_entries": 1200}"#,
            optional: ["witnessed_entries"]),
    ]
}
