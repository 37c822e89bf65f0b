import Access
import GatehouseCore
import Promotions
import Registry
import Storage
import WireAPI

/// Databricks' calls about transition requests, on promotions and their reviews: a request is a promotion that is not decided,
/// to approve or reject one is to answer the review that the caller was asked for.
struct TransitionRequestRoutes {
    let services: APIServices

    func add(to routes: MLflowRouteTable) {
        routes.post("transition-requests/create") { call in
            try call.caller.require(.read)
            let name = try call.fields.modelName()
            let stage = try call.fields.stage(call.fields.requiredText("stage"))
            let promotion = try await services.promotions.open(
                name, call.fields.versionNumber(of: name), to: stage, by: call.caller, reason: call.fields.text("comment"))
            services.wake()
            return MLflowAnswer.object { json in
                json.key("request")
                Self.write(promotion, to: &json)
            }
        }
        routes.get("transition-requests/list") { call in
            try call.caller.require(.read)
            let name = try call.fields.modelName()
            let number = try call.fields.versionNumber(of: name)
            let open = try await services.store.read { tx in
                _ = try tx.requiredVersion(number, of: name)
                return try tx.openPromotions(of: name, number)
            }
            return MLflowAnswer.object { json in
                json.member("requests", unlessEmpty: open) { Self.write($1, to: &$0) }
            }
        }
        routes.post("transition-requests/approve") { call in
            let (promotion, review) = try await asked(call)
            // Their approvals are a click; ours end a questionnaire, whose token is the proof.
            guard let token = try call.fields.text("comment"), !token.isEmpty else {
                throw GatehouseError(
                    .invalidArgument, "An approval takes the token of the completed questionnaire, as the comment.",
                    hint: "gatehouse review open \(review.id)")
            }
            let approved = try await services.reviews.approve(review.id, token: token, by: call.caller)
            return Self.activity("APPROVED_REQUEST", promotion, approved)
        }
        routes.post("transition-requests/reject") { call in
            let (promotion, review) = try await asked(call)
            let rejected = try await services.reviews.reject(
                review.id, reason: call.fields.text("comment") ?? "", by: call.caller)
            return Self.activity("REJECTED_REQUEST", promotion, rejected)
        }
        routes.delete("transition-requests/delete") { call in
            let withdrawn = try await withdraw(call)
            return Self.activity(
                "CANCELLED_REQUEST", withdrawn, id: withdrawn.id, by: withdrawn.withdrawnBy ?? withdrawn.requestedBy,
                at: withdrawn.decidedAt, comment: withdrawn.withdrawReason)
        }
    }

    /// Withdraws the open promotion that the call means: the one that its `creator` asked for, where there are several. Fails
    /// with `notFound`.
    private func withdraw(_ call: MLflowCall) async throws -> Promotion {
        try call.caller.require(.read)
        let fields = try call.deletionFields()
        let creator = try fields.text("creator").flatMap { $0.isEmpty ? nil : $0 }
        let open = try await open(fields)
        let meant = open.first { creator == nil || $0.requestedBy.text == creator || $0.requestedBy.name == creator }
        guard let meant else {
            throw GatehouseError(
                .notFound, "'\((creator ?? "").prefix(80))' has requested no such transition.",
                hint: "Leave the creator out, or name one of \(open.map(\.requestedBy.text).joined(separator: ", ")).")
        }
        // Theirs need no comment; ours go into the log with a reason.
        let reason = try fields.text("comment").flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
        return try await services.promotions.withdraw(
            meant.id, reason: reason ?? "Deleted as a transition request, without a comment.", by: call.caller)
    }

    /// The promotions that the call can mean, newest first: at least one. Fails with `notFound`.
    private func open(_ fields: MLflowFields) async throws -> [Promotion] {
        let name = try fields.modelName()
        let number = try fields.versionNumber(of: name)
        let stage = try fields.stage(fields.requiredText("stage"))
        let open = try await services.store.read { tx in
            try tx.openPromotions(of: name, number).filter { $0.to == stage }
        }
        guard open.isEmpty else { return open }
        throw GatehouseError(
            .notFound, "No transition of \(name) v\(number) to \(stage) is requested.",
            hint: "gatehouse promote \(shellQuoted(name.text)) \(number)")
    }

    /// The open promotion that the call means, and the review in it that the caller was asked for. Fails with `notFound` and
    /// with `forbidden`.
    private func asked(_ call: MLflowCall) async throws -> (Promotion, Review) {
        try call.caller.require(.read)
        let open = try await open(call.fields)
        let principal = call.caller.principal
        return try await services.store.read { tx in
            for promotion in open {
                let review = try tx.reviews(of: promotion.id).first { $0.reviewer == principal && $0.state.isOpen }
                if let review { return (promotion, review) }
            }
            throw GatehouseError(
                .forbidden,
                "You were not asked to review the transition of \(open[0].model) v\(open[0].version) to \(open[0].to).",
                hint: "gatehouse review list --model \(shellQuoted(open[0].model.text))")
        }
    }

    private static func write(_ promotion: Promotion, to json: inout JSONWriter) {
        json.object {
            $0.member("id", promotion.id)
            $0.member("to_stage", promotion.to.rawValue)
            $0.member("user_id", promotion.requestedBy.text)
            $0.member("creation_timestamp", promotion.requestedAt.milliseconds)
            $0.member("comment", promotion.requestReason)
            // Where theirs have no word: what became of it so far.
            $0.member("state", promotion.state.rawValue)
            $0.member("reason", promotion.reason.isEmpty ? nil : promotion.reason)
        }
    }

    private static func activity(_ kind: String, _ promotion: Promotion, _ review: Review) -> MLflowAnswer {
        activity(kind, promotion, id: review.id, by: review.reviewer, at: review.decidedAt, comment: review.reason)
    }

    private static func activity(
        _ kind: String, _ promotion: Promotion, id: String, by principal: Principal, at time: Timestamp?, comment: String?
    ) -> MLflowAnswer {
        MLflowAnswer.object { json in
            json.key("activity")
            json.object {
                $0.member("id", id)
                $0.member("activity_type", kind)
                $0.member("to_stage", promotion.to.rawValue)
                $0.member("user_id", principal.text)
                $0.member("creation_timestamp", time?.milliseconds)
                $0.member("comment", comment)
            }
        }
    }
}
