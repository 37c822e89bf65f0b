import Access
import GatehouseCore
import Hummingbird
import Promotions
import Registry
import WireAPI

/// Care of the artifact store, a stretch per call: whoever drives it can stop, go on, and see how far it is.
struct MaintenanceRoutes {
    static let collectionAgeDefault: Duration = .seconds(86_400)

    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.post("maintenance/collect") { request, context in
            let caller = try context.authenticated()
            try caller.require(.administer)
            let call: CollectCall = try await request.decode()
            let isDryRun = call.dryRun ?? false
            let page = try await services.registry.collectBlobs(
                in: services.artifacts, olderThan: Self.age(call.minAgeSeconds),
                after: call.after.map { try Digest(parsing: $0) },
                isDryRun: isDryRun, by: caller.principal)
            return try Response.json(
                CollectAnswer(
                    checked: page.checked, collected: page.collected, collectedBytes: page.collectedBytes, young: page.young,
                    dryRun: isDryRun, next: page.next?.description))
        }
        group.post("maintenance/scrub") { request, context in
            try context.authenticated().require(.administer)
            let call: ScrubCall = try await request.decode()
            if let limit = call.bytesPerSecondMax, limit < 1 {
                throw GatehouseError(.invalidArgument, "'bytes_per_second_max' is a whole number from 1, not \(limit).")
            }
            let scrub = BlobScrub(
                store: services.store, artifacts: services.artifacts, bytesPerSecondMax: call.bytesPerSecondMax)
            return try await Response.json(ScrubAnswer(scrub.page(after: call.after.map { try Digest(parsing: $0) })))
        }
    }

    /// Ten years are longer than any server keeps what nobody wants; more would overflow the arithmetic of times.
    private static func age(_ seconds: Int64?) throws(GatehouseError) -> Duration {
        guard let seconds else { return collectionAgeDefault }
        guard (0...315_360_000).contains(seconds) else {
            throw GatehouseError(.invalidArgument, "'min_age_seconds' is a whole number from 0 to 315360000, not \(seconds).")
        }
        return .seconds(seconds)
    }
}

extension ScrubAnswer {
    init(_ page: BlobScrubPage) {
        self.init(
            checked: page.checked, bytes: page.bytes,
            damages: page.damages.map { Damage(digest: $0.digest.description, kind: $0.kind.rawValue, usedBy: $0.users) },
            next: page.next?.description)
    }
}
