/// Users under one name, for policies that say who reviews. A team is there as long as it has a member; it lends no role.
package struct Team: Sendable, Equatable {
    package let name: String
    package let members: [String]
}
