import AuditLog
import GatehouseCore
import Rendering

extension AuditEntryScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([("Audit log", "/audit")])
        Tag.h1 { "Entry \(sequence)" + (leaf.map { ": " + $0.action.words } ?? "") }
        live("entry") {
            if let leaf { Tag.p(.class("finding")) { sentence(leaf) } }
            standing
        }
        if let leaf { fields(leaf, visit) }
        words
        if !holding.changes.isEmpty || !holding.rows.isEmpty { holds }
        if let proof { path(proof) }
        if let leaf { raw(leaf) }
        elsewhere
        Tag.p {
            if sequence > 1 {
                Tag.a(.href(Address.audit(sequence - 1))) { "Entry \(sequence - 1)" }
                " · "
            }
            if sequence < count { Tag.a(.href(Address.audit(sequence + 1))) { "Entry \(sequence + 1)" } }
        }
    }

    private func sentence(_ leaf: AuditLeaf) -> String {
        let who = entry?.principal.text ?? leaf.principal.text
        let object = leaf.model.map { $0.text + (leaf.version.map { " v\($0)" } ?? "") }
        let missing = leaf.facts["missing"]?.arrayValue?.compactMap(\.stringValue) ?? []
        let because = missing.isEmpty ? "." : ", because of " + Wording.list(missing) + "."
        if let object, let from = leaf.facts["from"]?.stringValue, let to = leaf.facts["to"]?.stringValue {
            let verb =
                switch leaf.outcome {
                case .granted: "moved"
                case .refused: "was refused to move"
                case .recorded: "recorded the move of"
                }
            return "\(who) \(verb) \(object) from \(from) to \(to)" + because
        }
        let about = object.map { ", about \($0)" } ?? ""
        return "\(who): \(leaf.action.words)\(about)" + because
    }

    /// Whether what is shown is what was signed.
    @MarkupBuilder
    private var standing: Markup {
        if let damage {
            notice(.bad) {
                Tag.p {
                    mark(.bad, "The database does not hold what was signed.", shape: "✕")
                    " " + damage
                }
                if proof != nil { Tag.p { "Shown below is the entry as it was signed, from the files of the log." } }
            }
        } else if let unproven {
            notice(.bad) {
                Tag.p {
                    mark(.bad, "Not proven.", shape: "✕")
                    " " + unproven
                }
            }
        } else if let proof {
            if proof.holds && isSame {
                Tag.p {
                    mark(.good, "Proven here, now, with this server's key.", shape: "✓")
                    " The entry's \(Wording.count(proof.bytes.count, "byte")) and "
                    Wording.count(proof.hashes.count, "given hash leads", "given hashes lead")
                    " to the root that \(key.name) signed over \(Wording.count(Int(proof.checkpoint.size), "entry", "entries"))."
                }
            } else {
                notice(.bad) {
                    Tag.p {
                        mark(.bad, "Not proven.", shape: "✕")
                        proof.holds
                            ? " The database holds other bytes than were signed."
                            : " The entry's bytes do not lead to a root that this server's key signed."
                    }
                }
            }
        } else {
            Tag.p {
                mark(.neutral, "Not under a checkpoint yet.", shape: "◌")
                " The next one is signed within seconds, and proves the entry."
            }
        }
    }

    private func fields(_ leaf: AuditLeaf, _ visit: Visit) -> Markup {
        var pairs: [(name: String, value: Markup)] = [
            ("Who", Markup(entry?.principal.text ?? leaf.principal.text)), ("When", moment(leaf.time, visit)),
            ("Outcome", mark(leaf.outcome)),
        ]
        if let model = leaf.model {
            let name = model.text + (leaf.version.map { " v\($0)" } ?? "")
            let address =
                entry?.objectAddress ?? leaf.version.map { Address.version(model, $0) } ?? Address.model(model)
            pairs.append(("About", Tag.a(.href(address)) { name }))
        }
        for (part, person) in (entry?.people ?? [:]).sorted(by: { $0.key < $1.key }) {
            pairs.append((part.capitalisedFirst, Markup(person.text)))
        }
        pairs.append(("Id", Tag.code { leaf.id }))
        return facts(pairs)
    }

    /// What people wrote.
    @MarkupBuilder
    private var words: Markup {
        if let entry, !entry.texts.isEmpty || !entry.erasedTexts.isEmpty {
            block("Words", id: "words", note: "They lie beside the log, which commits to their hashes.") {
                facts(
                    entry.texts.sorted { $0.key < $1.key }.map { ($0.key.capitalisedFirst, Markup($0.value)) }
                        + entry.erasedTexts.map { ($0.capitalisedFirst, Markup("forgotten on request")) })
            }
        }
    }

    private var isRefused: Bool { leaf?.outcome == .refused }

    private var holds: Markup {
        block("What it records", id: "facts") {
            if !holding.changes.isEmpty {
                table(
                    isRefused ? "What was asked for" : "Before and after", holding.changes,
                    [
                        .words("What") { change in change.name }, .words("Before") { change in change.before },
                        .words(isRefused ? "Asked for" : "After") { change in change.after },
                    ], showsCaption: true)
            }
            if !holding.rows.isEmpty {
                table(
                    "Facts", holding.rows,
                    [
                        .words("Fact") { row in row.name },
                        .prose("Value") { row in
                            if let address = row.address { Tag.a(.href(address)) { row.value } } else { row.value }
                        },
                    ])
            }
            if holding.left > 0 { Tag.p(.class("soft")) { "And \(holding.left) more; the raw entry has them." } }
        }
    }

    private func path(_ proof: EntryProof) -> Markup {
        block("Proof", id: "proof", note: "Filled: computed here from the entry's bytes. Hollow: given by the log's files.") {
            proof.path.markup(id: "path")
        }
    }

    private func raw(_ leaf: AuditLeaf) -> Markup {
        let text = String(decoding: leaf.canonicalBytes.prefix(Self.rawBytesMax), as: UTF8.self)
        return block(
            "Raw", id: "raw", note: "The bytes that are hashed: names and words are commitments (SHA-256 with a salt)."
        ) {
            Tag.details {
                Tag.summary { "Show \(Wording.count(leaf.canonicalBytes.count, "byte"))" }
                Tag.pre(.isFocusable) { Tag.code { text } }
                if leaf.canonicalBytes.count > Self.rawBytesMax {
                    Tag.p(.class("soft")) { "The first \(Wording.grouped(Self.rawBytesMax)); a receipt holds all." }
                }
            }
        }
    }

    private var elsewhere: Markup {
        block("Check it without this server", id: "elsewhere") {
            commandLine("gatehouse audit receipt --entry \(sequence) -o entry-\(sequence).tlog-proof")
            commandLine("gatehouse audit receipt verify entry-\(sequence).tlog-proof --key \(shellQuoted(key.vkey))")
        }
    }
}

extension String {
    /// `reviewer` at the start of a line, `on_call` as words.
    fileprivate var capitalisedFirst: String { prefix(1).uppercased() + dropFirst().replacing("_", with: " ") }
}
