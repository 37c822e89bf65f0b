package import Access
package import GatehouseCore
package import Registry
package import Storage

extension SQLTransaction {
    /// A chain of tokens that made tokens is followed this far.
    private static let tokenChainMax = 16

    /// The principal itself and, behind a token, whoever made it: they saw its secret and can act as it.
    package func people(behind principal: Principal) throws -> [Principal] {
        var found = [principal]
        while found.count < Self.tokenChainMax, let last = found.last, last.kind == .token,
            let token = try accessToken(named: last.name), !found.contains(token.createdBy)
        {
            found.append(token.createdBy)
        }
        return found
    }

    /// Who made a version and asks for something about it, with everybody behind their tokens.
    package func parties(
        to version: ModelVersion, requester: Principal?, policyEditors: [Principal]
    ) throws -> [Quorum.Party] {
        var parties = try people(behind: version.createdBy).map { Quorum.Party(.registrant, $0) }
        if let run = try version.runID.flatMap({ try runInfo($0) }), !run.userID.isEmpty {
            parties.append(Quorum.Party(.runUser, .user(run.userID)))
        }
        if let requester { parties += try people(behind: requester).map { Quorum.Party(.requester, $0) } }
        for editor in policyEditors { parties += try people(behind: editor).map { Quorum.Party(.policyEditor, $0) } }
        return parties
    }

    /// The users whose recorded grants permit something, by name. Roles that a sign-in provider's groups lend are not
    /// recorded, so nobody can be asked, or held to them later.
    package func holders(of permission: Permission, at now: Timestamp) throws -> [Principal] {
        var found: [Principal] = []
        for (holder, grant) in try allGrants(at: now) where holder.isPerson && grant.allows(permission) {
            if found.last != holder { found.append(holder) }
        }
        return found
    }
}
