import Access
import GatehouseCore
import HTTPAPI
import Promotions
import Registry
import Storage

extension CompareScreen {
    /// `a` and `b`: two versions; without them the champion, or the version before, and the newest.
    static func load(_ page: PageRequest) async throws -> CompareScreen {
        _ = try page.caller(who: .read)
        let name = try page.model()
        let (a, b) = (
            try page.query("a").map { try VersionNumber(parsing: $0) }, try page.query("b").map { try VersionNumber(parsing: $0) }
        )
        return try await page.services.store.read { tx in
            _ = try tx.requiredModel(name)
            let newest = try tx.versions(of: name, limit: 2).map(\.number)
            guard let second = b ?? newest.first else {
                throw GatehouseError(.notFound, "\(name) has no version to compare.")
            }
            let champion = try tx.occupant(of: Slot(model: name))?.version
            let first = a ?? champion.flatMap { $0 == second ? nil : $0 } ?? newest.first { $0 != second } ?? second
            let sides = (try side(name, first, tx), try side(name, second, tx))
            return CompareScreen(first: sides.0, second: sides.1, numbers: numbers(sides.0, sides.1))
        }
    }

    private static func side(_ model: ModelName, _ number: VersionNumber, _ tx: SQLTransaction) throws -> Side {
        let version = try tx.requiredVersion(number, of: model)
        return Side(
            version: version, manifest: try version.artifact.map { try tx.manifest(of: $0) },
            run: try version.runID.flatMap { id in try tx.runInfo(id) == nil ? nil : try tx.run(id) },
            evaluation: try tx.latestFinishedEvaluation(of: model, version: number))
    }
}
