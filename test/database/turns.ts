/** Counts the turns of the event loop while `work` is on its way. */
export async function countTurns(work: Promise<unknown>): Promise<number> {
  let turns = 0
  let over = false
  const settled = work.then(
    () => true,
    () => true,
  )
  const turn = (): void => {
    turns++
    if (!over) setTimeout(turn, 1)
  }
  turn()
  over = await settled
  return turns
}
