/// Which logs are known, which witnesses, and how many of whom must cosign (C2SP tlog-policy).
package struct WitnessPolicy: Sendable, Hashable {
    package static let bytesMax = 256 * 1024
    package static let linesMax = 1000

    package struct Log: Sendable, Hashable {
        package let verifier: NoteVerifier
        package let url: String?
    }

    package struct Member: Sendable, Hashable {
        /// What the policy calls it; means nothing elsewhere.
        package let name: String
        package let verifier: NoteVerifier
        /// Where it is asked: the part before `/add-checkpoint`.
        package let url: String?
    }

    struct Group: Sendable, Hashable {
        let needed: Int
        let members: [String]
    }

    package internal(set) var logs: [Log] = []
    package internal(set) var witnesses: [Member] = []
    var groups: [String: Group] = [:]
    /// Nil: none is needed.
    var quorum: String?

    init() {}

    /// Whether enough witnesses cosigned the note.
    package func isSatisfied(by note: SignedNote) -> Bool {
        guard let quorum else { return true }
        return isWitnessed(quorum, by: Set(witnesses.filter { $0.verifier.cosignature(of: note) != nil }.map(\.name)))
    }

    /// Groups name only what stands before them, so this ends.
    private func isWitnessed(_ name: String, by cosigners: Set<String>) -> Bool {
        guard let group = groups[name] else { return cosigners.contains(name) }
        return group.members.filter { isWitnessed($0, by: cosigners) }.count >= group.needed
    }
}
