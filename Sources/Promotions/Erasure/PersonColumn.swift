import GatehouseCore
package import Storage

/// A column, outside the audit log, that holds who did something. `PersonColumnTests` looks for ones that are missing here.
package struct PersonColumn: Sendable {
    package enum Form: Sendable, Hashable {
        /// `user:ada`.
        case principal
        /// `ada`, as MLflow's clients send it.
        case name
    }

    private let table: SQLStatement
    private let column: SQLStatement
    /// Nil: `"user:ada"` stands somewhere in the bytes of a JSON document, beside other things.
    private let form: Form?
    /// Why the name stays in it; nil: it does not.
    let remains: String?

    package init(_ table: SQLStatement, _ column: SQLStatement, _ form: Form = .principal, remains: String? = nil) {
        self.table = table
        self.column = column
        self.form = form
        self.remains = remains
    }

    /// A column of JSON documents as bytes, in which the name stays.
    package init(documents table: SQLStatement, _ column: SQLStatement, remains: String) {
        self.table = table
        self.column = column
        form = nil
        self.remains = remains
    }

    /// What was applied, posted or attested stays as it was written.
    private static let appendOnly = "the table is append-only: its rows are the evidence that decisions rest on"

    /// Those of this module and of the ones below it.
    package static let known: [PersonColumn] = [
        PersonColumn("access_grant", "granted_by"), PersonColumn("access_token", "created_by"),
        PersonColumn("access_user", "created_by"), PersonColumn("slack_identity", "linked_by"),
        PersonColumn("registered_model", "created_by"),
        PersonColumn("model_version", "created_by"), PersonColumn("dataset_version", "added_by"),
        PersonColumn("feature_pipeline_version", "added_by"), PersonColumn("artifact_upload", "started_by"),
        PersonColumn("run", "user_id", .name), PersonColumn("evaluation", "requested_by"),
        PersonColumn("promotion", "requested_by"), PersonColumn("promotion", "withdrawn_by"), PersonColumn("review", "reviewer"),
        PersonColumn("review_comment", "author"),
        PersonColumn("rollout", "opened_by"), PersonColumn("waiver", "requested_by"), PersonColumn("waiver", "revoked_by"),
        PersonColumn("break_glass", "requested_by"), PersonColumn("break_glass", "seconded_by"),
        PersonColumn("after_the_fact_review", "acted_by"), PersonColumn("after_the_fact_review", "seconded_by"),
        PersonColumn("after_the_fact_review", "closed_by"), PersonColumn("policy_proposal", "proposed_by"),
        PersonColumn("policy_proposal", "decided_by"),
        PersonColumn("waiver_approval", "approved_by", remains: appendOnly),
        PersonColumn("policy_confirmation", "confirmed_by", remains: appendOnly),
        PersonColumn("policy_version", "applied_by", remains: appendOnly),
        PersonColumn("posted_evidence", "posted_by", remains: appendOnly),
        PersonColumn("attestation", "attested_by", remains: appendOnly),
    ]

    /// `policy_version.applied_by`.
    package var place: String { [table, column].map { $0.text { _ in "" } }.joined(separator: ".") }

    private func value(of principal: Principal) -> SQLValue {
        switch form {
        case .principal: principal.text.sqlValue
        case .name: principal.name.sqlValue
        case nil: Array(JSONValue.string(principal.text).canonicalText.utf8).sqlValue
        }
    }

    /// Puts another principal into every row; how many. Only where the name does not remain.
    func replace(_ principal: Principal, by other: Principal, _ tx: SQLTransaction) throws -> Int {
        try tx.execute(
            "UPDATE \(table) SET \(column) = \(value(of: other)) WHERE \(column) = \(value(of: principal))")
    }

    func count(of principal: Principal, _ tx: SQLTransaction) throws -> Int64 {
        let name = value(of: principal)
        let names: SQLStatement = form == nil ? tx.dialect.contains(column, name) : "\(column) = \(name)"
        return try tx.first("SELECT COUNT(*) AS n FROM \(table) WHERE \(names)") { try $0.integer("n") } ?? 0
    }
}
