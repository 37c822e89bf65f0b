import Storage

extension Migration {
    /// What entries hold commitments of. A row that lost its words was forgotten on request; an entry says when.
    static let auditPeopleAndTexts = Migration("audit_0002_people_and_texts") { dialect in
        [
            """
            CREATE TABLE audit_person (
                reference TEXT PRIMARY KEY,
                principal TEXT UNIQUE,
                salt \(dialect.bytesType),
                CHECK ((principal IS NULL) = (salt IS NULL))
            )
            """,
            """
            CREATE TABLE audit_text (
                sequence BIGINT NOT NULL,
                name TEXT NOT NULL,
                salt \(dialect.bytesType) NOT NULL,
                text TEXT NOT NULL,
                PRIMARY KEY (sequence, name),
                FOREIGN KEY (sequence) REFERENCES audit_entry (sequence)
            )
            """,
        ]
    }
}
