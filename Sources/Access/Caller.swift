package import GatehouseCore

/// Who asks, and what they may do.
package struct Caller: Sendable, Hashable {
    package let principal: Principal
    package let grants: Grants

    package init(principal: Principal, grants: Grants) {
        self.principal = principal
        self.grants = grants
    }

    /// Fails with `forbidden`, saying which role is missing.
    package func require(_ permission: Permission) throws(GatehouseError) {
        guard !grants.allows(permission) else { return }
        throw GatehouseError(
            .forbidden, "\(principal) may not \(permission.words): that takes \(permission.neededRole).",
            hint: permission.remedy(for: principal))
    }
}

extension Permission {
    /// `the role operator or production-manager for credit-risk`.
    package var neededRole: String {
        let place: String
        switch reach {
        case .anywhere, .everything: place = ""
        case .models(let pattern): place = " for \(pattern)"
        case .slot(let model, let environment, let segment): place = " for \(model)" + Self.place(environment, segment)
        case .environment(let model, let environment):
            place = " for \(model)" + Self.place(environment, Slot.defaultSegment)
        }
        return "the role " + leastRoles.map(\.rawValue).joined(separator: " or ") + place
    }

    /// What an admin can do about it.
    package func remedy(for principal: Principal) -> String {
        remedyCommand(for: principal).map { "An admin can grant it: \($0)" } ?? "Ask an admin."
    }

    /// The command for an admin that would permit it; nil for a part of the system.
    package func remedyCommand(for principal: Principal) -> String? {
        let parts = principal.text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, ["user", "token"].contains(parts[0]) else { return nil }
        let role = leastRoles[0]
        let grant: Grant
        switch reach {
        case .anywhere, .everything: grant = Grant(role)
        case .models(let pattern): grant = Grant(role, models: pattern)
        case .environment(let model, let environment):
            grant = Grant(role, models: model.text, environment: environment == Slot.defaultEnvironment ? nil : environment)
        case .slot(let model, let environment, let segment):
            grant = Grant(
                role, models: model.text, environment: environment == Slot.defaultEnvironment ? nil : environment,
                segment: segment == Slot.defaultSegment ? nil : segment)
        }
        return "gatehouse \(parts[0]) grant \(shellQuoted(parts[1])) \(shellQuoted(grant.description))"
    }

    /// The roles worth naming in an answer: admin only where nothing less will do.
    private var leastRoles: [Role] {
        if self == .read { return [.viewer] }
        return roles.isEmpty ? [.admin] : Role.allCases.filter(roles.contains)
    }
}
