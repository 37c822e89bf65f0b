import Access
import GatehouseCore
import Promotions
import Registry
import Rendering

extension EndpointScreen {
    @MarkupBuilder
    func actions(_ visit: Visit) -> Markup {
        if !ways.isEmpty {
            block("Act", id: "act") {
                for (index, way) in ways.enumerated() { rollback(way, visit, isOnly: ways.count == 1, index: index) }
                if now.segments.count > ways.count {
                    Tag.p(.class("soft")) { "\(now.segments.count - ways.count) more segments can be rolled back by command." }
                    commandLine("gatehouse rollback \(now.model) --slot SEGMENT --reason \"…\"")
                }
                for run in shadows { stopShadow(run, visit) }
            }
        }
    }

    @MarkupBuilder
    private func rollback(_ way: WayBack, _ visit: Visit, isOnly: Bool, index: Int) -> Markup {
        let permission = Permission.rollBack(way.slot.model, environment: way.slot.environment, segment: way.slot.segment)
        let place = isOnly ? "" : " in \(way.slot.segment)"
        if let target = way.target {
            if visit.allows(permission) {
                actionForm(
                    Address.endpoint(now.name) + "/rollback/\(index)", visit, title: "Roll back to v\(target)\(place)",
                    consequence: consequence(way, target), button: "Roll back to v\(target)", isDangerous: true,
                    scope: "rollback-\(index)-"
                ) {
                    Tag.input(.type("hidden"), .name("segment"), .value(way.slot.segment))
                    Tag.input(.type("hidden"), .name("to"), .value(target.description))
                }
            } else {
                Tag.p { "Rolling back\(place) to v\(target) takes \(permission.neededRole)." }
            }
        } else {
            Tag.p(.class("soft")) {
                (way.present.map { "No version came before v\($0)\(place)" } ?? "No version was ever active\(place)")
                    + ", so there is nothing to roll back to."
            }
        }
    }

    private func consequence(_ way: WayBack, _ target: VersionNumber) -> String {
        let ending =
            way.rollout.map { "The rollout of v\($0.version) ends, and v\($0.version) answers nobody." }
            ?? way.present.map { "v\($0) stops answering." } ?? ""
        return
            "Traffic goes 100 % to v\(target). \(ending) Gateways follow within seconds. No gate is asked again; a review after "
            + "the fact is opened."
    }

    @MarkupBuilder
    private func stopShadow(_ run: ShadowRun, _ visit: Visit) -> Markup {
        let permission = Permission.rollBack(
            run.model, environment: now.endpoint.environment, segment: run.segment ?? Slot.defaultSegment)
        if visit.allows(permission) {
            actionForm(
                Address.endpoint(now.name) + "/shadow/\(Address.segment(run.id))/stop", visit,
                title: "Stop the shadow of v\(run.version)",
                consequence:
                    "No more requests are copied to v\(run.version). What it has shown stays, and nobody who asks notices.",
                button: "Stop the shadow", reasonIsRequired: false, scope: run.id + "-")
        } else {
            Tag.p { "Stopping the shadow of v\(run.version) takes \(permission.neededRole)." }
        }
    }
}
