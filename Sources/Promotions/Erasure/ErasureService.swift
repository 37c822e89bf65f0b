package import Access
import AuditLog
package import GatehouseCore
import Storage

/// What was forgotten about a person, and where the name still stands.
package struct Erasure: Sendable, Equatable {
    package struct Remainder: Sendable, Equatable {
        /// `policy_version.applied_by`.
        package let place: String
        package let rows: Int64
        package let reason: String
    }

    /// What stands for the person from now on: `user:erased-3f2a91cc`.
    package let standIn: Principal
    /// Free texts of audit entries and reviews that this person wrote.
    package let texts: Int
    /// Rows in which the stand-in took the name's place.
    package let rows: Int
    package let hadAccount: Bool
    package let remaining: [Remainder]
    /// The entry that records the erasure.
    package let auditSequence: Int64
}

/// Forgets people on request. The log's leaves hold commitments only, so the tree, its signatures and every proof stay as
/// they are; what the person did stays together under a stand-in that names nobody.
package struct ErasureService: Sendable {
    private let accounts: AccountService
    private let columns: [PersonColumn]
    private let now: @Sendable () -> Timestamp
    private let ids: @Sendable () -> String

    /// `others` are columns of modules that this one does not know.
    package init(_ transitions: TransitionService, accounts: AccountService, others: [PersonColumn] = []) {
        self.accounts = accounts
        columns = PersonColumn.known + others
        now = transitions.now
        ids = transitions.ids
    }

    /// Removes the account where there is one, then forgets name and texts in one transaction with its entry; repeating it
    /// after a crash between the two finishes it. Fails with `notFound` when nothing names the person, with `conflict` for
    /// oneself and for the last admin, with `invalidArgument` without a reason, with `tooLarge`
    /// when it is too long.
    package func erase(user name: String, reason: String, by caller: Principal) async throws -> Erasure {
        let person = Principal.user(name)
        try Reason.check(reason, for: "An erasure")
        guard person != caller else {
            throw GatehouseError(
                .conflict, "Nobody erases themselves: the entry about it would name them again.", hint: "Ask another admin.")
        }
        let hadAccount = try await accounts.store.read { tx in try tx.user(named: name) != nil }
        if hadAccount { try await accounts.removeUser(name, by: caller) }
        // Before the transaction, because whole documents are looked through. Erasing changes none of these columns; what is
        // written meanwhile is not counted.
        let remaining = try await accounts.store.read { tx in try remainders(person, tx) }
        return try await accounts.store.write { tx in
            try erase(person, hadAccount: hadAccount, remaining, reason: reason, by: caller, tx)
        }
    }

    private func erase(
        _ person: Principal, hadAccount: Bool, _ remaining: [Erasure.Remainder], reason: String, by caller: Principal,
        _ tx: SQLTransaction
    ) throws -> Erasure {
        guard let forgotten = try tx.forget(person) else {
            throw GatehouseError(
                .notFound, "No entry of the audit log names '\(person)'.",
                hint: "Is it the name as it was? 'gatehouse audit log --principal \(person)' would list what this person did.")
        }
        let standIn = forgotten.reference.erased
        let texts = try forgotten.texts + tx.eraseReviewTexts(of: person) + tx.erasePromotionReasons(of: person)
        var rows = 0
        for column in columns where column.remains == nil {
            rows += try column.replace(person, by: standIn, tx)
        }
        let entry = try tx.append(
            AuditDraft(
                id: ids(), time: now(), principal: caller, action: .personErased, outcome: .granted, reason: reason,
                facts: .object([
                    "person": .string(forgotten.reference.text), "texts": .integer(Int64(texts)),
                    "rows": .integer(Int64(rows)), "had_account": .bool(hadAccount),
                    "remaining": .object(
                        Dictionary(remaining.map { ($0.place, .integer($0.rows)) }, uniquingKeysWith: { first, _ in first })),
                ])))
        return Erasure(
            standIn: standIn, texts: texts, rows: rows, hadAccount: hadAccount, remaining: remaining,
            auditSequence: entry.sequence)
    }

    /// Where the name still stands, as far as columns tell. Descriptions, tags, data and backups are not searched.
    private func remainders(_ person: Principal, _ tx: SQLTransaction) throws -> [Erasure.Remainder] {
        try columns.compactMap { column in
            guard let reason = column.remains else { return nil }
            let rows = try column.count(of: person, tx)
            return rows > 0 ? Erasure.Remainder(place: column.place, rows: rows, reason: reason) : nil
        }
    }
}
