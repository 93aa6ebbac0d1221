/** The map that a spot is picked on: the spot is where the cross in its middle stands, so that
    arrow keys pick as well as a finger does. Loaded when somebody opens it. */
import type { Map as GL } from "maplibre-gl";
import { lay } from "../map/ground";

export interface Spot {
  lon: number;
  lat: number;
}

const CLOSE = 18;

export class PickMap {
  static async make(element: HTMLElement, url: string, start: Spot | null): Promise<PickMap> {
    const where = start && { center: { lng: start.lon, lat: start.lat }, zoom: CLOSE };
    return new PickMap(await lay(element, url, where));
  }

  private constructor(private readonly map: GL) {}

  focus(): void {
    this.map.getCanvas().focus();
  }

  get middle(): Spot {
    const { lng, lat } = this.map.getCenter();
    return { lon: lng, lat };
  }

  go({ lon, lat }: Spot): void {
    this.map.jumpTo({ center: [lon, lat], zoom: CLOSE });
  }
}
