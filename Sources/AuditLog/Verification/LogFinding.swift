/// Something that is not as it was signed: where, and what is wrong with it.
package struct LogFinding: Sendable, Hashable {
    package enum Subject: Sendable, Hashable {
        /// By its sequence, which counts from 1.
        case entry(Int64)
        /// By its path in the folder.
        case file(String)
        case checkpoint
        /// The database's own record of what was signed.
        case recordedCheckpoint
    }

    package let subject: Subject
    /// A sentence without its subject: `does not match the leaf hash in tile/0/000`.
    package let what: String

    package init(_ subject: Subject, _ what: String) {
        self.subject = subject
        self.what = what
    }

    package var name: String {
        switch subject {
        case .entry(let sequence): "entry \(sequence)"
        case .file(let path): path
        case .checkpoint: "checkpoint"
        case .recordedCheckpoint: "the database's checkpoint"
        }
    }
}

/// What a check of a log came to.
package struct LogVerdict: Sendable {
    /// More are counted and not kept: one flipped bit makes one, a lost disk makes millions.
    package static let findingsMax = 100

    package enum Signature: String, Sendable {
        case valid
        case invalid
        /// No key was given.
        case unchecked
    }

    package internal(set) var checkpoint: Checkpoint?
    package internal(set) var signature: Signature = .unchecked
    /// Entries whose bytes lead to the signed root.
    package internal(set) var entries: Int64 = 0
    /// Entries of the table that no checkpoint covers yet.
    package internal(set) var unsigned: Int64 = 0
    package private(set) var findings: [LogFinding] = []
    package private(set) var findingCount = 0

    package init() {}

    package mutating func add(_ finding: LogFinding) {
        findingCount += 1
        if findings.count < Self.findingsMax { findings.append(finding) }
    }

    package var isSound: Bool { findingCount == 0 }
}
