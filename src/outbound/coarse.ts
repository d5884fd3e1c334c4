import type { Dispatcher } from 'undici';
import { Grain } from './grain.ts';

/**
 * A dispatcher for one request whose answer may not come in too small pieces. They are counted as they are parsed: whoever reads the body
 * gets many at once.
 * @param onTooFine must end the request
 */
export function coarse(dispatcher: Dispatcher, onTooFine: () => void): Dispatcher {
  return dispatcher.compose((dispatch) => (options, handler) => {
    const grain = new Grain();
    // The handler is of this request alone.
    const take = handler.onResponseData?.bind(handler);
    handler.onResponseData = (controller, piece) => {
      if (grain.isTooFine(piece.length)) onTooFine();
      take?.(controller, piece);
    };
    return dispatch(options, handler);
  });
}
