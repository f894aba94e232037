import { PerspectiveCamera, Vector3 } from 'three'
import { expect, it } from 'vitest'
import { fitDistance } from './fit'

const corners = [-1.9, 1.95].flatMap((x) => [-1.25, 1.5].flatMap((z) => [-0.2, 1.25].map((y) => new Vector3(x, y, z))))
const target = new Vector3(0, 0.3, 0)
const from = new Vector3(2.5, 2.1, 3.7)

it('has every corner in the frame, wide or narrow, and stands no further away than that takes', () => {
  const distances = [1.55, 0.9].map((aspect) => {
    const distance = fitDistance(corners, target, from, 36, aspect)
    const camera = new PerspectiveCamera(36, aspect, 0.1, 100)
    camera.position.copy(from).setLength(distance).add(target)
    camera.lookAt(target)
    camera.updateMatrixWorld()
    const reach = Math.max(...corners.flatMap((corner) => corner.clone().project(camera).toArray().slice(0, 2).map(Math.abs)))
    expect(reach).toBeLessThanOrEqual(0.971)
    expect(reach).toBeGreaterThan(0.96)
    return distance
  })
  expect(distances[1]).toBeGreaterThan(distances[0] as number)
})
