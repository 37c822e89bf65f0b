import Access
import AuditLog
import GatehouseCore
import HTTPAPI
import Promotions
import Registry
import Serving
import Storage

extension TrafficRange {
    /// `minutes`: one of the choices; `until`: a time, else now.
    init(_ page: PageRequest) throws {
        let minutes = try page.integer("minutes", default: Self.usual, in: 1...1440)
        guard Self.choices.contains(where: { $0.minutes == minutes }) else {
            let choices = Self.choices.map { String($0.minutes) }.joined(separator: ", ")
            throw GatehouseError(.invalidArgument, "'minutes' is one of \(choices), not \(minutes).")
        }
        self.minutes = minutes
        let named = try page.query("until").map { try Timestamp(parsing: $0) }
        until = named ?? page.visit.now
        isFixed = named != nil
    }
}

extension EndpointScreen {
    static func load(_ page: PageRequest) async throws -> EndpointScreen {
        let seesLog = try page.caller(who: .read).grants.allows(.readAudit)
        let name = try page.segment("endpoint")
        let range = try TrafficRange(page)
        let policies = page.services.policies
        let now = page.visit.now
        let inventory = try await page.services.serving.gateways.inventory()
        return try await page.services.store.read { tx in
            let kept = try tx.requiredEndpoint(name)
            let endpoint = kept.endpoint
            let limits = TrafficLimits(try policies.policy(for: endpoint.model, tx).policy)
            let present = try tx.endpointNow(kept, inventory.table, limits: limits, at: now)
            let figures = try tx.armFigures(endpoint: name, from: range.from, until: range.end)
            let entries = seesLog ? try tx.auditEntries(AuditFilter(model: endpoint.model), limit: entriesReadMax) : []
            return EndpointScreen(
                now: present, range: range, course: TrafficCourse(figures, range),
                ways: try present.segments.prefix(segmentsMax).map { try tx.wayBack($0, endpoint) },
                shadows: try tx.shadowRuns(endpoint: name, isOpen: true),
                changes: Array(entries.lazy.filter { Self.concernsTraffic($0) }.prefix(changesMax)), seesLog: seesLog,
                served: Array(inventory.rows.lazy.filter { $0.endpoint == name }.prefix(servedMax)),
                tableNumber: inventory.table?.number)
        }
    }

    private static let actions: Set<AuditAction> = [
        .rollbackPerformed, .slotAdopted, .breakGlassUsed, .endpointApplied, .shadowStarted, .shadowStopped,
        .experimentStarted, .experimentStopped, .rolloutHeld, .rolloutResumed, .rolloutAdvanced, .rolloutNeedsHuman,
        .rolloutPromoted, .rolloutRolledBack,
    ]

    private static func concernsTraffic(_ entry: AuditEntry) -> Bool {
        if entry.action == .transitionGranted { return entry.facts["to"]?.stringValue == Stage.production.rawValue }
        return actions.contains(entry.action)
    }
}

extension SQLTransaction {
    fileprivate func wayBack(_ route: SegmentRoute, _ endpoint: ServingEndpoint) throws -> EndpointScreen.WayBack {
        let slot = Slot(model: endpoint.model, environment: endpoint.environment, segment: route.segment)
        let rollout = try openRollout(in: slot)
        return EndpointScreen.WayBack(
            slot: slot, present: try occupant(of: slot)?.version,
            target: try rollout?.champion ?? earlierOccupant(of: slot), rollout: rollout)
    }
}
