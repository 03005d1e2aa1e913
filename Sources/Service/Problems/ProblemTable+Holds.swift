/// The problems that holds and cancellations have.
extension ProblemEntry {
    static var unknownHold: ProblemEntry {
        ProblemEntry(
            type: "/problems/unknown-hold",
            title: "Unknown hold",
            status: 404,
            cause: "There is no such hold, or it was resolved so long ago that it is forgotten.",
            remedy: "Use the hold's id exactly as it was answered. Place a new hold for another try."
        )
    }

    static var holdExpired: ProblemEntry {
        ProblemEntry(
            type: "/problems/hold-expired",
            title: "Hold expired",
            status: 409,
            cause: """
                The hold's time was over, and its units went back. Confirming it would take them anew, but they \
                are not there any more.
                """,
            remedy: """
                Nothing was sold: refund the payment, if there was one. Next time extend the hold, or announce the \
                payment with confirm-intent.
                """
        )
    }

    static var holdReleased: ProblemEntry {
        ProblemEntry(
            type: "/problems/hold-released",
            title: "Hold released",
            status: 409,
            cause: "The hold was given back before, and its units with it.",
            remedy: "Place a new hold, or purchase."
        )
    }

    static var holdConfirmed: ProblemEntry {
        ProblemEntry(
            type: "/problems/hold-confirmed",
            title: "Hold confirmed",
            status: 409,
            members: "order",
            cause: "The hold is an order already, so it can be neither released nor prolonged.",
            remedy: "Cancel the order, if the units should go back."
        )
    }

    static var holdExtensionsExhausted: ProblemEntry {
        ProblemEntry(
            type: "/problems/hold-extensions-exhausted",
            title: "Hold extensions exhausted",
            status: 409,
            members: "limit",
            cause: "The hold was extended as often as this server allows (holds.extensions_max).",
            remedy: "Confirm or release the hold before it expires."
        )
    }

    static var holdFrozenBefore: ProblemEntry {
        ProblemEntry(
            type: "/problems/hold-frozen-before",
            title: "Hold frozen before",
            status: 409,
            cause: "The hold's clock was stopped for a payment before; that is done once per hold.",
            remedy: "Confirm or release the hold before it expires."
        )
    }

    static var holdsOpen: ProblemEntry {
        ProblemEntry(
            type: "/problems/holds-open",
            title: "Holds open",
            status: 409,
            members: "holds",
            cause: "Holds of the SKU are open, so it cannot be deleted.",
            remedy: "Pause the SKU, and try again when the holds are confirmed, released or expired."
        )
    }

    static var quantityExceeded: ProblemEntry {
        ProblemEntry(
            type: "/problems/quantity-exceeded",
            title: "Quantity exceeded",
            status: 409,
            members: "limit?",
            cause: "More units are asked for than the hold has, or than are left of the order.",
            remedy: "Ask for at most limit units."
        )
    }
}
