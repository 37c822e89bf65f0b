import GatehouseCore
import Promotions
import Registry
import Rendering

// What a version is made of.
extension VersionScreen {
    func lineage(_ visit: Visit) -> Markup {
        block("Lineage", id: "lineage") {
            facts([
                ("Stage", mark(version.stage)), ("Registered", moment(version.created, visit)),
                ("By", Markup(version.createdBy.name)),
                ("Run", run.map { run in Tag.a(.href(Address.run(run.id))) { run.name } } ?? Markup("none given")),
                ("Source", version.source.isEmpty ? .absent : Tag.code { String(version.source.prefix(300)) }),
                (
                    "Artifact",
                    version.artifact.map { digest in Tag.code { digest.description } }
                        ?? mark(.bad, "unpinned: its bytes were never sealed", shape: "!")
                ),
            ])
        }
    }

    @MarkupBuilder
    var filesBlock: Markup {
        if let manifest {
            block("Files", id: "files") {
                Tag.p {
                    "\(Wording.count(manifest.files.count, "file")), \(Wording.grouped(Int(clamping: manifest.totalBytes))) bytes, sealed under one digest."
                }
                Tag.details {
                    Tag.summary { "Files and digests" }
                    table(
                        "Files and digests", Array(manifest.files.prefix(Self.filesMax)),
                        [
                            .words("Path") { file in file.path },
                            .number("Bytes") { file in Wording.grouped(Int(clamping: file.bytes)) },
                            .words("SHA-256") { file in Tag.code { file.digest.hex } },
                        ])
                    if manifest.files.count > Self.filesMax {
                        Tag.p { "And \(Wording.grouped(manifest.files.count - Self.filesMax)) more." }
                    }
                }
            }
        }
    }

    @MarkupBuilder
    var signatureBlock: Markup {
        if let signature = version.signature {
            block("Signature", id: "signature") {
                Tag.p {
                    "Takes \(Wording.count(signature.inputs.count, "column")), gives \(Wording.count(signature.outputs.count, "column"))."
                }
                Tag.details {
                    Tag.summary { "Columns" }
                    let columns = signature.inputs.map { ("input", $0) } + signature.outputs.map { ("output", $0) }
                    table(
                        "Columns", Array(columns.prefix(Self.columnsMax)),
                        [
                            .words("Column") { column in column.1.name }, .words("Kind") { column in column.0 },
                            .words("Type") { column in column.1.type.rawValue },
                            .words("Required") { column in column.1.isRequired ? "yes" : "no" },
                        ])
                    if columns.count > Self.columnsMax { Tag.p { "And \(columns.count - Self.columnsMax) more." } }
                }
            }
        }
    }

    var cardBlock: Markup {
        block("Model card", id: "card") {
            switch card {
            case .none: empty("There is no model card among its files.")
            case .unreadable(let why): notice(.bad) { Tag.p { "The model card cannot be read: \(why)" } }
            case .card(let path, let limitations):
                Tag.p {
                    "\(path). "
                    Tag.a(
                        .href(
                            "/api/gatehouse/v1/models/\(Address.segment(version.model.text))/versions/\(version.number)/card")
                    ) { "The card with what was measured, as JSON" }
                    "."
                }
                if limitations.isEmpty {
                    Tag.p { "It names no known limitation." }
                } else {
                    Tag.h3 { "Known limitations" }
                    list(Array(limitations.prefix(50)))
                }
            }
        }
    }

    var statementsBlock: Markup {
        block("Signed statements", id: "statements") {
            if statements.isEmpty {
                empty("Nothing was signed about this version: statements are made when it is evaluated, reviewed and moved.")
            } else {
                table(
                    "Signed statements", statements,
                    [
                        .words("About") { statement in statement.name },
                        .words("Signed") { statement in shortMoment(statement.signed) },
                        .words("Key") { statement in Tag.code { String(statement.keyID.prefix(16)) } },
                        .words("Digest") { statement in
                            Tag.a(.href("/api/gatehouse/v1/attestations/\(statement.digest)")) { statement.digest.short }
                        },
                    ])
            }
        }
    }

    @MarkupBuilder
    var tagsBlock: Markup {
        let own = version.tags.filter { !$0.key.hasPrefix("gate.") }.sorted { $0.key < $1.key }
        if !own.isEmpty {
            block("Tags", id: "tags") {
                table(
                    "Tags", Array(own.prefix(Self.tagsMax)),
                    [.words("Key") { tag in tag.key }, .prose("Value") { tag in String(tag.value.prefix(300)) }])
                if own.count > Self.tagsMax { Tag.p { "And \(own.count - Self.tagsMax) more." } }
            }
        }
    }
}
