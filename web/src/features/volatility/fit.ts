import { PerspectiveCamera, type Vector3 } from 'three'

const NEAR = 2.5
const FAR = 14
const EDGE = 0.97

/** How far away a camera has to stand, in a direction from what it looks at, to have all corners in its frame. */
export function fitDistance(corners: readonly Vector3[], target: Vector3, from: Vector3, fov: number, aspect: number): number {
  const camera = new PerspectiveCamera(fov, aspect, 0.1, 100)
  const isIn = (distance: number) => {
    camera.position.copy(from).setLength(distance).add(target)
    camera.lookAt(target)
    camera.updateMatrixWorld()
    return corners.every((corner) => {
      const { x, y } = corner.clone().project(camera)
      return Math.abs(x) <= EDGE && Math.abs(y) <= EDGE
    })
  }
  let [near, far] = [NEAR, FAR]
  for (let i = 0; i < 24; i++) {
    const middle = (near + far) / 2
    if (isIn(middle)) far = middle
    else near = middle
  }
  return far
}
