"""What is printed: rows of figures, then each goal with what was measured."""


class Table:
    def __init__(self):
        self.goals: list = []

    def title(self, text: str) -> None:
        print(f"\n{text}", flush=True)

    def row(self, name: str, *cells: str) -> None:
        print(f"  {name:<32}" + "".join(f"{cell:<18}" for cell in cells).rstrip(), flush=True)

    def goal(self, name: str, measured: float, most: float, unit: str) -> None:
        self.goals.append((name, measured, most, unit))

    def tell_goals(self) -> int:
        """Prints all goals; the number of those that are not met."""
        print("\ngoals")
        missed = 0
        for name, measured, most, unit in self.goals:
            is_met = measured <= most
            missed += not is_met
            print(f"  {name:<66}{measured:>8.2f}  at most {most:g} {unit}".rstrip() + ("" if is_met else "   NOT MET"))
        print(f"{len(self.goals) - missed} of {len(self.goals)} met")
        return missed
