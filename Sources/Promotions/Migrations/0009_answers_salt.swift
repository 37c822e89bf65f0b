import Storage

extension Migration {
    /// What the log commits to in place of the digest of a review's answers, which could be guessed. Reviews that were answered
    /// before have none.
    static let answersSalt = Migration("promotions_0009_answers_salt") { dialect in
        ["ALTER TABLE review ADD COLUMN answers_salt \(dialect.bytesType)"]
    }
}
