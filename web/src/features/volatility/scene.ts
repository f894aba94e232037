/* The mesh of a surface in three.js: built anew for each grid, drawn only when something has changed. */
import { fitDistance } from './fit'
import { BufferAttribute, BufferGeometry, CanvasTexture, Color, DoubleSide, LineBasicMaterial, LineSegments, Mesh, MeshBasicMaterial, PerspectiveCamera, Scene, Spherical, Sprite, SpriteMaterial, Vector3, WebGLRenderer, type Object3D } from 'three'
import { OrbitControls } from 'three/examples/jsm/controls/OrbitControls.js'

interface Tick {
  /** 0 to 1 along its axis. */
  at: number
  text: string
}

export interface Look {
  grid: readonly (readonly (number | null)[])[]
  low: number
  high: number
  colours: { low: string; middle: string; high: string; line: string; text: string; floor: string }
  across: readonly Tick[]
  along: readonly Tick[]
  up: readonly Tick[]
}

const WIDTH = 3
const DEPTH = 2.4
const HEIGHT = 1.25
/* Pixels at which words have their size. */
const FULL = 392
const TARGET = new Vector3(0, HEIGHT * 0.24, 0)
/* From the side of the calls, which are low: nothing stands before the puts and the far expiries. */
const FROM = new Vector3(2.5, 2.1, 3.7)
/* What has to be in sight: the floor with its words, and the top, which is at the puts; the calls reach half of it at most. */
const CORNERS = [-1, 1].flatMap((side) => [
  new Vector3((side * WIDTH) / 2, -0.2, DEPTH / 2 + 0.25),
  new Vector3(WIDTH / 2 + 0.45, -0.15, (side * DEPTH) / 2),
  new Vector3(-WIDTH / 2 - 0.35, HEIGHT, (side * DEPTH) / 2),
  new Vector3(WIDTH / 2, HEIGHT / 2, (side * DEPTH) / 2),
])

function label(text: string, colour: string): Sprite {
  const canvas = document.createElement('canvas')
  canvas.width = 192
  canvas.height = 64
  const pen = canvas.getContext('2d')
  if (pen) {
    pen.font = '500 38px "Inter Variable", sans-serif'
    pen.fillStyle = colour
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    pen.fillText(text, 96, 32)
  }
  const sprite = new Sprite(new SpriteMaterial({ map: new CanvasTexture(canvas), transparent: true, depthTest: false }))
  sprite.scale.set(0.42, 0.14, 1)
  return sprite
}

function free(object: Object3D): void {
  object.traverse((node) => {
    if (node instanceof Mesh || node instanceof LineSegments) {
      node.geometry.dispose()
      ;(node.material as MeshBasicMaterial).dispose()
    } else if (node instanceof Sprite) {
      node.material.map?.dispose()
      node.material.dispose()
    }
  })
}

export class SurfaceScene {
  private readonly renderer: WebGLRenderer
  private readonly scene = new Scene()
  private readonly camera = new PerspectiveCamera(36, 1, 0.1, 30)
  private readonly controls: OrbitControls
  private asked = 0

  /** Throws where there is no WebGL. */
  constructor(box: HTMLElement, height: number) {
    this.renderer = new WebGLRenderer({ antialias: true, alpha: true })
    this.renderer.setPixelRatio(Math.min(2, window.devicePixelRatio))
    this.renderer.domElement.setAttribute('aria-hidden', 'true')
    box.append(this.renderer.domElement)
    this.camera.position.copy(FROM).add(TARGET)
    this.controls = new OrbitControls(this.camera, this.renderer.domElement)
    this.controls.target.copy(TARGET)
    this.controls.enablePan = false
    this.controls.minDistance = 2.5
    this.controls.maxDistance = 14
    this.controls.maxPolarAngle = Math.PI / 2
    this.controls.addEventListener('change', this.ask)
    this.controls.update()
    this.resize(box.clientWidth, height)
  }

  /** One picture at the next frame, however often it is asked for. */
  private readonly ask = (): void => {
    if (this.asked) return
    this.asked = requestAnimationFrame(() => {
      this.asked = 0
      this.renderer.render(this.scene, this.camera)
    })
  }

  resize(width: number, height: number): void {
    if (width <= 0) return
    this.camera.aspect = width / height
    this.camera.updateProjectionMatrix()
    // A narrow frame is looked at from further away, from whatever side it was turned to.
    const away = this.camera.position.clone().sub(TARGET)
    this.camera.position.copy(away.setLength(fitDistance(CORNERS, TARGET, away, this.camera.fov, this.camera.aspect))).add(TARGET)
    this.controls.update()
    this.renderer.setSize(width, height)
    this.ask()
  }

  turn(sideways: number, upwards: number): void {
    const away = new Spherical().setFromVector3(this.camera.position.clone().sub(TARGET))
    away.theta += sideways
    away.phi = Math.min(Math.PI / 2, Math.max(0.15, away.phi + upwards))
    this.camera.position.setFromSpherical(away).add(TARGET)
    this.controls.update()
    this.ask()
  }

  show(look: Look): void {
    free(this.scene)
    this.scene.clear()
    this.scene.add(mesh(look), wires(look), floor(look))
    const add = (tick: Tick, x: number, y: number, z: number) => {
      const sprite = label(tick.text, look.colours.text)
      sprite.position.set(x, y, z)
      // In a low frame everything is small, but words have to be read.
      sprite.scale.multiplyScalar(Math.max(1, FULL / this.renderer.domElement.clientHeight))
      this.scene.add(sprite)
    }
    for (const tick of look.across) add(tick, (tick.at - 0.5) * WIDTH, -0.12, DEPTH / 2 + 0.18)
    for (const tick of look.along) add(tick, WIDTH / 2 + 0.24, -0.08, (0.5 - tick.at) * DEPTH)
    for (const tick of look.up) add(tick, -WIDTH / 2 - 0.2, tick.at * HEIGHT, -DEPTH / 2)
    this.ask()
  }

  dispose(): void {
    cancelAnimationFrame(this.asked)
    this.controls.removeEventListener('change', this.ask)
    this.controls.dispose()
    free(this.scene)
    this.renderer.dispose()
    this.renderer.forceContextLoss()
    this.renderer.domElement.remove()
  }
}

function placeOf({ grid, low, high }: Look, row: number, column: number): [number, number, number] {
  const columns = grid[0]?.length ?? 1
  const vol = grid[row]?.[column] ?? low
  return [(column / Math.max(1, columns - 1) - 0.5) * WIDTH, ((vol - low) / (high - low || 1)) * HEIGHT, (0.5 - row / Math.max(1, grid.length - 1)) * DEPTH]
}

/** From low over the middle to high. */
function shade(vol: number, { low, high, colours }: Look): Color {
  const at = (vol - low) / (high - low || 1)
  const from = new Color(at < 0.5 ? colours.low : colours.middle)
  return from.lerp(new Color(at < 0.5 ? colours.middle : colours.high), (at * 2) % 1 || (at >= 1 ? 1 : 0))
}

function mesh(look: Look): Mesh {
  const { grid } = look
  const columns = grid[0]?.length ?? 0
  const places: number[] = []
  const tints: number[] = []
  grid.forEach((row, r) =>
    row.forEach((vol, c) => {
      places.push(...placeOf(look, r, c))
      tints.push(...shade(vol ?? look.low, look).toArray())
    }),
  )
  const faces: number[] = []
  for (let r = 0; r + 1 < grid.length; r++)
    for (let c = 0; c + 1 < columns; c++) {
      const corners = [
        [r, c],
        [r, c + 1],
        [r + 1, c],
        [r + 1, c + 1],
      ] as const
      // A face needs all its corners: a hole in the quotes is a hole in the surface.
      if (corners.some(([y, x]) => grid[y]?.[x] == null)) continue
      const [a, b, d, e] = corners.map(([y, x]) => y * columns + x) as [number, number, number, number]
      faces.push(a, b, d, b, e, d)
    }
  const geometry = new BufferGeometry()
  geometry.setAttribute('position', new BufferAttribute(new Float32Array(places), 3))
  geometry.setAttribute('color', new BufferAttribute(new Float32Array(tints), 3))
  geometry.setIndex(faces)
  return new Mesh(geometry, new MeshBasicMaterial({ vertexColors: true, side: DoubleSide, transparent: true, opacity: 0.9, polygonOffset: true, polygonOffsetFactor: 1 }))
}

/** A line for each expiry, and one for each whole standard deviation and half. */
function wires(look: Look): LineSegments {
  const { grid } = look
  const columns = grid[0]?.length ?? 0
  const points: number[] = []
  const join = (r: number, c: number, r2: number, c2: number) => {
    if (grid[r]?.[c] == null || grid[r2]?.[c2] == null) return
    points.push(...placeOf(look, r, c), ...placeOf(look, r2, c2))
  }
  for (let r = 0; r < grid.length; r++) for (let c = 0; c + 1 < columns; c++) join(r, c, r, c + 1)
  for (let c = 0; c < columns; c += 2) for (let r = 0; r + 1 < grid.length; r++) join(r, c, r + 1, c)
  return lines(points, look.colours.line, 0.55)
}

function floor({ colours }: Look): LineSegments {
  const points: number[] = []
  for (let i = 0; i <= 6; i++) {
    const x = (i / 6 - 0.5) * WIDTH
    const z = (i / 6 - 0.5) * DEPTH
    points.push(x, 0, -DEPTH / 2, x, 0, DEPTH / 2, -WIDTH / 2, 0, z, WIDTH / 2, 0, z)
  }
  points.push(-WIDTH / 2, 0, -DEPTH / 2, -WIDTH / 2, HEIGHT, -DEPTH / 2)
  return lines(points, colours.floor, 0.6)
}

function lines(points: number[], colour: string, opacity: number): LineSegments {
  const geometry = new BufferGeometry()
  geometry.setAttribute('position', new BufferAttribute(new Float32Array(points), 3))
  return new LineSegments(geometry, new LineBasicMaterial({ color: colour, transparent: true, opacity }))
}
