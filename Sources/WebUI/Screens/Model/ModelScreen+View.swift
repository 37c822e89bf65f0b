import Access
import GatehouseCore
import Promotions
import Registry
import Rendering

extension ModelScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([("Models", "/models")])
        Tag.h1 { model.name.text }
        live("model") {
            Tag.p(.class("finding")) { finding(at: visit.now) }
            if !model.description.isEmpty { Tag.p { String(model.description.prefix(2000)) } }
            if let stale { notice(.caution) { Tag.p { stale.note } } }
            timelineBlock(visit)
            versionsBlock
        }
        compareBlock
        aliasesBlock(visit)
        policyBlock(visit)
        tagsBlock
    }

    private func timelineBlock(_ visit: Visit) -> Markup {
        block("Who held which slot", id: "timeline") {
            if lanes.isEmpty {
                empty(
                    "No version was ever in production. One gets there through a promotion, or was there before:",
                    command: "gatehouse adopt \(shellQuoted(model.name.text)) 1 --reason \"…\"")
            } else {
                timeline.markup(id: "stays")
                if !active.isEmpty {
                    table(
                        "Active now", active,
                        [
                            .words("Slot") { stay in Self.words(stay.slot) },
                            .words("Version") { stay in
                                Tag.a(.href(Address.version(model.name, stay.version))) { "v\(stay.version)" }
                            },
                            .words("Since") { stay in moment(stay.from, visit) },
                            .words("By") { stay in
                                if stay.isAdopted { "adopted without gates, " }
                                Tag.a(.href(Address.audit(stay.auditSequence))) { "audit entry \(stay.auditSequence)" }
                            },
                        ], showsCaption: true)
                }
                for rollout in openRollouts {
                    Tag.p {
                        Tag.a(.href(Address.rollout(rollout.id))) { "v\(rollout.version) is being rolled out" }
                        " in \(rollout.slot.environment)/\(rollout.slot.segment)."
                    }
                }
            }
        }
    }

    private var versionsBlock: Markup {
        block("Versions", id: "versions") {
            if versions.isEmpty {
                empty(
                    "No version is registered here yet:",
                    command: "gatehouse version create \(shellQuoted(model.name.text)) --model PATH")
            } else {
                table("Versions", versions, columns)
                Tag.p {
                    if let next {
                        Tag.a(.href(Address.query(Address.model(model.name), [("before", next.description)]))) {
                            "Older versions"
                        }
                        " "
                    }
                    Tag.a(.href(Address.query("/promotions", [("model", model.name.text)]))) { "Promotions of \(model.name)" }
                }
            }
        }
    }

    private var columns: [Column<ModelVersion>] {
        [
            .words("Version") { version in
                Tag.a(.href(Address.version(model.name, version.number))) { "v\(version.number)" }
            },
            .words("Stage") { version in mark(version.stage) },
            .words("Aliases") { version in
                if version.aliases.isEmpty {
                    Markup.absent
                } else {
                    for alias in version.aliases.prefix(5) { Tag.span(.class("chip")) { alias.text } }
                }
            },
            .words("Gates passed") { version in Self.gates(of: version) },
            .words("Registered") { version in shortMoment(version.created) },
            .words("By") { version in version.createdBy.name },
            .prose("Description") { version in
                version.description.isEmpty ? "–" : String(version.description.prefix(120))
            },
        ]
    }

    /// From the tags that evaluations write and nobody else may.
    @MarkupBuilder
    private static func gates(of version: ModelVersion) -> Markup {
        let results = version.tags.filter { $0.key.hasPrefix("gate.") && $0.key.hasSuffix(".passed") }.map(\.value)
        let passed = results.count { $0 == "true" }
        if results.isEmpty {
            Tag.span(.class("soft")) { "not evaluated" }
        } else if passed == results.count {
            mark(.good, "all \(passed)", shape: "✓")
        } else {
            mark(.bad, "\(passed) of \(results.count)", shape: "✕")
        }
    }

    @MarkupBuilder
    private var compareBlock: Markup {
        if versions.count > 1 {
            block("Compare two versions", id: "compare") {
                Tag.form(.class("filter"), .method("get"), .action(Address.model(model.name) + "/compare")) {
                    versionChoice("a", "This version", chosen: champion?.version ?? versions[1].number)
                    versionChoice("b", "with", chosen: versions[0].number)
                    Tag.button(.type("submit")) { "Compare" }
                }
            }
        }
    }

    @MarkupBuilder
    private func versionChoice(_ name: String, _ label: String, chosen: VersionNumber) -> Markup {
        Tag.label(.for("compare-\(name)")) { label }
        Tag.select(.id("compare-\(name)"), .name(name)) {
            for version in versions {
                Tag.option(.value(version.number.description), version.number == chosen ? .isSelected : nil) {
                    "v\(version.number)"
                }
            }
        }
    }

    private func aliasesBlock(_ visit: Visit) -> Markup {
        let aliases = model.aliases.sorted { $0.key.text < $1.key.text }.prefix(100).map { $0 }
        return block("Aliases", id: "aliases") {
            if aliases.isEmpty {
                empty("No alias points at a version.")
            } else {
                table(
                    "Aliases", aliases,
                    [
                        .words("Alias") { alias in alias.key.text },
                        .words("Version") { alias in
                            Tag.a(.href(Address.version(model.name, alias.value))) { "v\(alias.value)" }
                        },
                        .words("Moves") { alias in
                            protected[alias.key].map { "with \(Self.words($0)) only" } ?? "freely"
                        },
                    ])
            }
            if visit.allows(.register(model.name)) {
                aliasForms(visit, free: aliases.map(\.key).filter { protected[$0] == nil })
            } else {
                Tag.p { "To set or delete one takes \(Permission.register(model.name).neededRole)." }
            }
        }
    }

    @MarkupBuilder
    private func aliasForms(_ visit: Visit, free: [Alias]) -> Markup {
        actionForm(
            Address.model(model.name) + "/aliases", visit, title: "Set an alias",
            consequence:
                "Whoever loads the model by this alias gets the version from then on. One that stands for production moves as a version does, by the policy's rules.",
            button: "Set the alias", reasonIsRequired: false, scope: "set-"
        ) {
            textField("alias", "Alias", visit)
            textField("version", "Version", visit, hint: "Its number.", type: "number")
        }
        if !free.isEmpty {
            actionForm(
                Address.model(model.name) + "/aliases/delete", visit, title: "Delete an alias",
                consequence: "Whoever loads the model by this alias gets nothing from then on. The version stays as it is.",
                button: "Delete the alias", isDangerous: true, reasonIsRequired: false, scope: "delete-"
            ) {
                choice("gone", "Alias", visit, options: free.map { ($0.text, $0.text) })
            }
        }
    }

    private func policyBlock(_ visit: Visit) -> Markup {
        block("Policy in force", id: "policy") {
            facts([
                (
                    "Policy",
                    policyApplied == nil
                        ? Markup("the server's default")
                        : Tag.a(.href(Address.policy(String(policy.prefix { $0 != "@" })))) { policy }
                ),
                ("Enforcement", Markup(enforcement.rawValue)),
                ("Applied", policyApplied.map { moment($0, visit) } ?? Markup.absent),
                ("Model registered", moment(model.created, visit)), ("Registered by", Markup(model.createdBy.name)),
            ])
        }
    }

    @MarkupBuilder
    private var tagsBlock: Markup {
        if !model.tags.isEmpty {
            block("Tags", id: "tags") {
                table(
                    "Tags", model.tags.sorted { $0.key < $1.key }.prefix(50).map { $0 },
                    [.words("Key") { tag in tag.key }, .prose("Value") { tag in String(tag.value.prefix(300)) }])
            }
        }
    }
}
