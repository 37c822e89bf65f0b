import Access
import AuditLog
import GatehouseCore
import Promotions
import Registry
import Rendering
import Serving

extension EndpointScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([("Traffic", "/traffic")])
        Tag.h1 { "Endpoint \(now.name)" }
        live("endpoint") {
            Tag.p(.class("finding")) {
                now.health.mark
                " "
                finding
            }
            if now.segments.isEmpty {
                empty(
                    "No version of \(now.model) is in Production in \(now.endpoint.environment), so there is nothing to answer with.",
                    command: "gatehouse promote \(now.model) VERSION --to production")
            } else {
                Report.Block.shares(shares).markup(title: shares.caption, id: "split")
            }
        }
        actions(visit)
        rangeLinks
        live("endpoint-charts") { charts }
        live("endpoint-record") {
            changeTable(visit)
            servedTable
            about(visit)
        }
    }

    private var finding: String {
        guard let route = now.leading else { return "Nothing answers." }
        let elsewhere = now.segments.count > 1 ? " in '\(route.segment)', and \(now.segments.count - 1) more segments" : ""
        let who = "\(now.model) \(route.answer) answers\(elsewhere)."
        guard let share = now.recent.errorShare else {
            let last =
                now.newest.map { " The newest records begin at \(dayAndMinute($0)) UTC." }
                ?? " No gateway has shipped any record."
            return "\(who) No request was counted in the last \(EndpointNow.recentMinutes) minutes.\(last)"
        }
        let limit = now.limits.errorShare.map { ", \(failureShare($0)) may" } ?? ""
        let latency = now.recent.milliseconds(0.95).map { " p95 is \(latencyWords($0))" + slowLimit + "." } ?? ""
        return "\(who) \(failureShare(share)) of \(Wording.count(now.recent.requests, "request")) in the last "
            + "\(EndpointNow.recentMinutes) minutes failed\(limit).\(latency)"
    }

    private var slowLimit: String { now.limits.p95Milliseconds.map { ", \(latencyWords($0)) is allowed" } ?? "" }

    private var shares: ShareChart {
        let rows = now.segments.prefix(Self.segmentsMax).flatMap { route -> [ShareChart.Row] in
            let challenger = route.split.map { Double($0.buckets) / Double(Bucketing.total) } ?? 0
            var parts = [ShareChart.Part("v\(route.champion.version)", 1 - challenger)]
            if let split = route.split { parts.append(.init("v\(split.challenger.version)", challenger)) }
            let shadow = route.shadow.map { "v\($0.version.version) is asked in shadow for \(route.share($0.buckets))" }
            let back = route.lastKnownGood.map { "v\($0.version) is kept ready" }
            return [.init(route.segment, parts, note: [shadow, back].compactMap { $0 }.joined(separator: " · "))]
        }
        return ShareChart("Who answers, by segment", rows: rows)
    }

    // MARK: - Charts

    private var rangeLinks: Markup {
        Tag.p(.class("filter")) {
            Tag.span(.class("soft")) { range.isFixed ? "Until \(dayAndMinute(range.until)) UTC" : "Until now" }
            for choice in TrafficRange.choices {
                Tag.a(
                    .class("button quiet"), .href(address(minutes: choice.minutes, until: range.isFixed ? range.until : nil)),
                    choice.minutes == range.minutes ? Attribute("aria-current", "true") : nil
                ) { choice.words }
            }
            if range.isFixed { Tag.a(.class("button quiet"), .href(address(minutes: range.minutes, until: nil))) { "Now" } }
        }
    }

    private func address(minutes: Int, until: Timestamp?) -> String {
        Address.query(
            Address.endpoint(now.name),
            [("minutes", minutes == TrafficRange.usual ? nil : String(minutes)), ("until", until?.description)])
    }

    @MarkupBuilder
    private var charts: Markup {
        if course.lines.isEmpty {
            Tag.div(.class("empty")) {
                Tag.p {
                    "Nothing was counted in \(range.isFixed ? "these" : "the last") \(range.words). That is not the same as no failures."
                }
                if let newest = now.newest {
                    Tag.p {
                        Tag.a(.href(address(minutes: 15, until: newest.adding(.seconds(60))))) {
                            "Look at the newest records, of \(dayAndMinute(newest)) UTC"
                        }
                    }
                }
            }
        } else {
            block("Over time", id: "time", note: Self.chartNote) {
                Report.Block.time(rateChart).markup(title: rateChart.caption, id: "rate")
                Report.Block.time(errorChart).markup(title: errorChart.caption, id: "errors")
                Report.Block.time(slowChart).markup(title: slowChart.caption, id: "p95")
                if course.leftOut > 0 {
                    Tag.p(.class("soft")) { "\(course.leftOut) more arms with fewer requests are not drawn." }
                }
                if course.isCut { Tag.p(.class("soft")) { "Only the newest windows were read: what is older here is missing." } }
            }
            block("Latency", id: "latency") {
                Report.Block.lines(course.latencies).markup(title: "Latency by version", id: "cdf")
                quantileTable
            }
        }
    }

    private static let chartNote =
        "A gap is a time in which nothing was counted. Breakers and queues are not among what gateways ship: each gateway tells "
        + "them itself."

    private var markers: [TimeChart.Marker] {
        changes.reversed().map { TimeChart.Marker(at: $0.time.milliseconds, Self.markerLabel($0)) }
    }

    private static func markerLabel(_ entry: AuditEntry) -> String {
        let version = entry.version.map { "v\($0)" } ?? ""
        let raises = entry.action == .transitionGranted || entry.action == .rolloutAdvanced
        if raises, let share = entry.facts["percent"]?.integerValue { return "\(version) \(share) %" }
        return markerWords[entry.action]?.replacing("{version}", with: version) ?? entry.action.rawValue
    }

    private static let markerWords: [AuditAction: String] = [
        .transitionGranted: "{version} answers", .slotAdopted: "{version} answers", .breakGlassUsed: "{version} answers",
        .rollbackPerformed: "back to {version}", .rolloutAdvanced: "{version} advanced", .rolloutPromoted: "{version} promoted",
        .rolloutRolledBack: "{version} goes back", .rolloutHeld: "{version} held", .rolloutResumed: "{version} resumed",
        .rolloutNeedsHuman: "{version} asks", .endpointApplied: "endpoint changed", .shadowStarted: "{version} shadow",
        .shadowStopped: "{version} shadow ends", .experimentStarted: "{version} compared",
        .experimentStopped: "{version} comparison ends",
    ]

    private var rateChart: TimeChart {
        let seconds = Double(range.spanMilliseconds) / 1000
        return course.chart("Requests", "requests per second", markers: markers, decimals: 2) { Double($0.requests) / seconds }
    }

    private var errorChart: TimeChart {
        course.chart(
            "Failures", "failed, %", markers: markers, limit: now.limits.errorShare.map { .init("limit", $0 * 100) }, decimals: 2
        ) { $0.errorShare.map { $0 * 100 } }
    }

    private var slowChart: TimeChart {
        // A limit far above everything would press the lines flat; the table below names it.
        let highest = course.lines.flatMap(\.spans).compactMap { $0?.milliseconds(0.95) }.max() ?? 0
        let limit = now.limits.p95Milliseconds.flatMap { $0 <= highest * 4 ? BandChart.Line("limit", $0) : nil }
        return course.chart("95 of 100 requests were answered within", "p95, ms", markers: markers, limit: limit, decimals: 2) {
            $0.milliseconds(0.95)
        }
    }

    private var quantileTable: Markup {
        table(
            "Quantiles by version", course.lines,
            [
                .words("Version") { $0.label },
                .number("p50") { Self.quantile($0, 0.5) },
                .number("p95") { Self.quantile($0, 0.95) },
                .number("Limit") { _ in
                    if let limit = now.limits.p95Milliseconds { "≤ " + latencyWords(limit) } else { Markup.absent }
                },
                .number("p99") { Self.quantile($0, 0.99) },
                .number("Failed") { line in
                    if let share = line.total.errorShare { failureShare(share) } else { Markup.absent }
                },
                .number("Refused") { Wording.grouped($0.total.rejected) },
                .number("n") { Wording.grouped($0.total.requests) },
            ])
    }

    @MarkupBuilder
    private static func quantile(_ line: TrafficCourse.Line, _ share: Double) -> Markup {
        if let value = line.total.milliseconds(share) { latencyWords(value) } else { Markup.absent }
    }

    // MARK: - Record

    private func changeTable(_ visit: Visit) -> Markup {
        block("Last changes", id: "changes") {
            if changes.isEmpty {
                empty(
                    seesLog
                        ? "Nothing about its traffic is among the newest entries of \(now.model)."
                        : "The audit log tells them to those with the role auditor.",
                    command: "gatehouse history \(now.model)")
            } else {
                table(
                    "Last changes", changes,
                    [
                        .words("When") { moment($0.time, visit) },
                        .words("What") { entry in
                            Tag.a(.href(Address.audit(entry.sequence))) { Self.markerLabel(entry) }
                        },
                        .words("Outcome") { $0.outcome.rawValue },
                        .words("By") { $0.principal.text },
                        .prose("Why") { $0.reason },
                    ])
            }
        }
    }

    private var servedTable: Markup {
        block("What gateways hold", id: "served") {
            if served.isEmpty {
                empty("No gateway has reported that it serves this endpoint.", command: "gatehouse serving inventory")
            } else {
                table(
                    "What gateways hold", served,
                    [
                        .words("Gateway") { $0.gateway },
                        .words("Segment") { $0.segment },
                        .words("Role") { $0.role.words },
                        .words("Version") { row in
                            if let version = row.served?.version { "v\(version)" } else { Markup.absent }
                        },
                        .words("State") { row in
                            if let difference = row.difference {
                                mark(.caution, difference.words, shape: "~")
                            } else {
                                mark(.good, "as asked", shape: "✓")
                            }
                        },
                    ])
            }
        }
    }

    private func about(_ visit: Visit) -> Markup {
        block("About it", id: "about") {
            facts([
                ("Model", Tag.a(.href(Address.model(now.model))) { now.model.text }),
                ("Environment", Markup(now.endpoint.environment)),
                ("Where versions run", Markup(now.endpoint.upstreams.pattern)),
                ("Who asks", Markup(Self.field(now.endpoint.rules.unit) ?? "not named: no rollout can divide it")),
                ("Segment", Markup(Self.field(now.endpoint.rules.segment) ?? "all requests are one segment")),
                ("Deadline", Markup(latencyWords(Double(now.endpoint.rules.deadlineMilliseconds)))),
                ("Set up", moment(now.changed, visit)), ("Route table", Markup(tableNumber.map { "\($0)" } ?? "none")),
            ])
            Tag.p {
                Tag.a(.href(Address.endpoint(now.name) + "/shadow")) { "Shadow" }
                " · "
                Tag.a(.href(Address.query("/rollouts", [("model", now.model.text)]))) { "Rollouts" }
                " · "
                Tag.a(.href(Address.query("/slot-experiments", [("model", now.model.text)]))) { "Comparisons" }
            }
            commandLine("gatehouse endpoint show \(now.name)")
        }
    }

    private static func field(_ field: RequestField?) -> String? {
        switch field {
        case .header(let name)?: "header \(name)"
        case .member(let name)?: "feature \(name)"
        case nil: nil
        }
    }
}
