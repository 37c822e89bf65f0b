import GatehouseCore
import Promotions
import Registry
import Rendering
import Serving

extension TrafficScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        Tag.h1 { "Traffic" }
        live("traffic") {
            Tag.p(.class("finding")) { finding }
            if endpoints.isEmpty {
                empty(
                    "An endpoint says which model gateways answer with. Describe it in a file and apply it:",
                    command: "gatehouse endpoint apply credit.yaml")
            } else {
                table("Endpoints", endpoints, Self.columns(visit))
                Tag.p(.class("soft")) { Self.measureNote }
                if let next {
                    Tag.p { Tag.a(.href(Address.query("/traffic", [("after", next)]))) { "More endpoints" } }
                }
            }
            Tag.p {
                Tag.a(.href("/rollouts")) { "All rollouts" }
                " · "
                Tag.a(.href("/slot-experiments")) { "All comparisons of champion and challenger" }
            }
            gatewayPart(visit)
        }
    }

    static let measureNote =
        "Requests of the last \(EndpointNow.recentMinutes) minutes, as gateways have shipped them; shadow requests are not among "
        + "them. Latencies are counted in buckets, so a quantile may be up to an eighth too high. Limits are those of the "
        + "model's policy that send a rollout back."

    private var finding: String {
        guard let first = endpoints.first else { return "No endpoint is set up, so no gateway serves anything." }
        let over = endpoints.filter { if case .over = $0.health { true } else { false } }
        let open = endpoints.flatMap(\.splits).map(\.id)
        let rollouts =
            open.isEmpty
            ? "Nothing is being rolled out." : "\(Wording.count(Set(open).count, "rollout")) or comparison under way."
        if !over.isEmpty {
            return "\(Wording.list(over.map(\.name))) \(over.count == 1 ? "is" : "are") above a limit. \(rollouts)"
        }
        guard total > 1 else {
            guard let route = first.leading else { return "\(first.name) has nothing to answer with. \(rollouts)" }
            let who = "\(first.name) answers with \(first.model) \(route.answer)."
            guard let share = first.recent.errorShare else {
                return "\(who) No request was counted in the last \(EndpointNow.recentMinutes) minutes. \(rollouts)"
            }
            return "\(who) \(failureShare(share)) of \(Wording.count(first.recent.requests, "request")) failed. \(rollouts)"
        }
        let measured = endpoints.filter { $0.recent.requests > 0 }.count
        return "\(Wording.count(total, "endpoint")), \(measured) with traffic in the last \(EndpointNow.recentMinutes) minutes, "
            + "none of them surely above a limit. \(rollouts)"
    }

    private static func columns(_ visit: Visit) -> [Column<EndpointNow>] {
        [
            .words("Endpoint") { now in Tag.a(.href(Address.endpoint(now.name))) { now.name } },
            .words("State") { now in now.health.mark },
            .words("Champion") { now in
                if let champion = now.leading?.champion, let number = try? VersionNumber(champion.version) {
                    Tag.a(.href(Address.version(now.model, number))) { "\(now.model) v\(number)" }
                } else {
                    Tag.span(.class("soft")) { "nothing" }
                }
            },
            .words("Challenger") { now in splitCell(now) },
            .words("Shadow") { now in
                if let shadow = now.leading?.shadow, let route = now.leading {
                    Tag.a(.href(Address.endpoint(now.name) + "/shadow")) { "v\(shadow.version.version)" }
                    " copies \(route.share(shadow.buckets))"
                } else {
                    Markup.absent
                }
            },
            .number("Req/s") { now in
                if now.recent.requests > 0 { Wording.fixed(now.requestsPerSecond, 1) } else { Markup.absent }
            },
            .number("Failed") { now in
                if let share = now.recent.errorShare { failureShare(share) } else { Markup.absent }
            },
            .number("Limit") { now in
                if let limit = now.limits.errorShare { "≤ " + failureShare(limit) } else { Markup.absent }
            },
            .number("p95") { now in
                if let value = now.recent.milliseconds(0.95) { latencyWords(value) } else { Markup.absent }
            },
            .number("Limit") { now in
                if let limit = now.limits.p95Milliseconds { "≤ " + latencyWords(limit) } else { Markup.absent }
            },
            .number("p99") { now in
                if let value = now.recent.milliseconds(0.99) { latencyWords(value) } else { Markup.absent }
            },
            .words("Changed") { now in distance(from: visit.now, to: now.lastChange) },
        ]
    }

    @MarkupBuilder
    private static func splitCell(_ now: EndpointNow) -> Markup {
        if let split = now.splits.first(where: { $0.slot.segment == now.leading?.segment }) ?? now.splits.first {
            Tag.a(.href(split.pageAddress)) { "v\(split.version)" }
            " \(Wording.compactPercent(Double(split.buckets) / Double(Bucketing.total)))"
            if now.splits.count > 1 { Tag.span(.class("soft")) { " and \(now.splits.count - 1) more" } }
        } else {
            Markup.absent
        }
    }

    @MarkupBuilder
    private func gatewayPart(_ visit: Visit) -> Markup {
        block("Gateways", id: "gateways") {
            if gateways.isEmpty {
                empty(
                    "No gateway has reported. One takes its routes from this server:",
                    command: "gatehouse gateway --registry URL --token-file FILE")
            } else {
                Tag.p { gatewayFinding(visit) }
                table(
                    "Gateways", gateways,
                    [
                        .words("Gateway") { $0.gateway.id },
                        .words("State") { $0.state.mark },
                        .number("Route table") { entry in
                            if let number = entry.gateway.tableNumber { Wording.grouped(Int(number)) } else { Markup.absent }
                        },
                        .words("Heard of") { distance(from: visit.now, to: $0.gateway.lastSeen) },
                        .words("Running since") { shortMoment($0.gateway.started) },
                        .words("Program") { $0.gateway.program },
                    ])
                if gatewaysTotal > gateways.count {
                    Tag.p(.class("soft")) { "And \(gatewaysTotal - gateways.count) more: gatehouse serving inventory" }
                }
            }
            if !differences.isEmpty { differenceTable }
        }
    }

    private func gatewayFinding(_ visit: Visit) -> String {
        let behind = gateways.filter { $0.state != .current }
        let newest = tableNumber.map { "route table \($0)" } ?? "no route table"
        let since = published.map { ", published " + distance(from: visit.now, to: $0) } ?? ""
        if behind.isEmpty { return "\(gateways.count == 1 ? "The gateway serves" : "All serve") from \(newest)\(since)." }
        return
            "\(behind.count) of \(Wording.count(gateways.count, "gateway")) \(behind.count == 1 ? "is" : "are") behind \(newest)"
            + "\(since), or not heard of: what they serve may be older than this page."
    }

    private var differenceTable: Markup {
        table(
            "Served otherwise than asked", differences,
            [
                .words("Gateway") { $0.gateway },
                .words("Endpoint") { $0.endpoint },
                .words("Segment") { $0.segment },
                .words("Role") { $0.role.words },
                .words("Difference") { row in row.difference?.words ?? "" },
                .words("Asked") { row in
                    if let version = row.expected?.version { "v\(version)" } else { Markup.absent }
                },
                .words("Served") { row in
                    if let version = row.served?.version { "v\(version)" } else { Markup.absent }
                },
            ], showsCaption: true)
    }
}

extension SlotSplit {
    /// The page of what divides the slot.
    var pageAddress: String {
        switch kind {
        case .rollout: Address.rollout(id)
        case .experiment: "/slot-experiments/" + Address.segment(id)
        }
    }
}
