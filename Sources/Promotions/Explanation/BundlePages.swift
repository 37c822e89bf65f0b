package import AuditLog
package import GatehouseCore
package import Storage

/// Pages of an audit bundle. The first one has the header; the last line, with the counts, is the caller's, who alone knows
/// how many pages there were.
package struct BundlePages: Sendable {
    package static let entriesPerPageMax = 500

    package struct Page: Sendable {
        package let lines: [AuditBundle.Line]
        /// The last entry and the tree that proofs are from; nil on the last page.
        package let next: (after: Int64, size: Int64)?
    }

    private let store: any SQLStore
    private let proofs: @Sendable () async throws -> AuditBundle.Proofs
    private let now: @Sendable () -> Timestamp

    package init(
        store: any SQLStore, proofs: @escaping @Sendable () async throws -> AuditBundle.Proofs,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.proofs = proofs
        self.now = now
    }

    /// All that explains a version, in one page. Fails with `notFound` when the log says nothing about it.
    package func explaining(
        _ model: ModelName, _ version: VersionNumber, withTexts: Bool
    ) async throws -> [AuditBundle.Line] {
        let proofs = try await proofs()
        let selection: JSONValue = [
            "explains": ["model": .string(model.text), "version": .integer(version.value)]
        ]
        let header = AuditBundle.Line.header(proofs.header(at: now(), selection: selection, hasTexts: withTexts))
        return try await store.read { tx in
            let entries = try tx.entriesExplaining(model, version)
            guard !entries.isEmpty else {
                throw GatehouseError(.notFound, "The audit log has no entry about \(model) v\(version).")
            }
            return [header] + (try Self.lines(entries, proofs, withTexts: withTexts, tx))
        }
    }

    /// Entries that match, oldest first, behind the entry `after`. `size` is that of the first page's checkpoint. Fails with
    /// `invalidArgument` when the log has no tree of that size.
    package func page(
        _ filter: AuditFilter, after: Int64, size: Int64?, limit: Int, withTexts: Bool
    ) async throws -> Page {
        let current = try await proofs()
        let proofs = try size.map { try current.earlier($0) } ?? current
        let limit = min(max(limit, 1), Self.entriesPerPageMax)
        let lines: (lines: [AuditBundle.Line], last: Int64?) = try await store.read { tx in
            let entries = try tx.auditEntries(filter, after: after, limit: limit)
            let lines = try Self.lines(entries, proofs, withTexts: withTexts, tx)
            return (lines, entries.count == limit ? entries.last?.sequence : nil)
        }
        let isFirst = size == nil
        let header = AuditBundle.Line.header(proofs.header(at: now(), selection: filter.json, hasTexts: withTexts))
        return Page(lines: (isFirst ? [header] : []) + lines.lines, next: lines.last.map { ($0, proofs.size) })
    }

    private static func lines(
        _ entries: [AuditEntry], _ proofs: AuditBundle.Proofs, withTexts: Bool, _ tx: SQLTransaction
    ) throws -> [AuditBundle.Line] {
        let documents = try tx.evidenceDocuments(of: entries).sorted { $0.key.hex < $1.key.hex }
        return try tx.bundled(entries, proofs: proofs, withTexts: withTexts).map { .entry($0) }
            + documents.map { .document(AuditBundle.Document(digest: $0.key, bytes: $0.value)) }
    }
}

extension AuditFilter {
    fileprivate var json: JSONValue {
        .object([
            "model": .text(model?.text), "version": .integer(orNull: version?.value), "action": .text(action?.rawValue),
            "outcome": .text(outcome?.rawValue), "from": .time(from), "until": .time(until),
        ])
    }
}
